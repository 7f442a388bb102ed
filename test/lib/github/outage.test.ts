import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, expect, it, vi } from "vitest";

import type { SignIn } from "../../../lib/config/github.ts";
import { GitHubApi } from "../../../lib/github/github-api.ts";
import { sendInTime } from "../../../lib/github/send-in-time.ts";
import { HandClock } from "../../support/clock.ts";

beforeAll(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] }));
afterAll(() => void vi.useRealTimers());

const down = (): Promise<Response> => Promise.resolve(new Response("<html>", { status: 502 }));

/** What the work comes to, while the timers that it sets are turned. */
async function settle<T>(work: Promise<T>): Promise<T> {
  const state = { isSettled: false };
  work.finally(() => (state.isSettled = true)).catch(() => undefined);
  while (!state.isSettled) {
    await new Promise(setImmediate);
    await vi.advanceTimersToNextTimerAsync();
  }
  return work;
}

/** How many seconds three queries wait for an end of the outage. */
async function waitedSeconds(signIn: SignIn): Promise<number> {
  const startMs = Date.now();
  const clock = new HandClock(startMs);
  const config = { signIn, apiUrl: "https://github.test" };
  const api = new GitHubApi({ config, clock, fetch: sendInTime(down, clock) });
  for (const query of ["one", "two", "three"]) {
    const answer = await settle(api.query(query, new AbortController().signal));
    expect(answer).toMatchObject({ kind: "too-heavy", reason: "it answered 502" });
  }
  return Math.floor((Date.now() - startMs) / 1000);
}

it("lasts as long for an App as for a token: a second a query", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  expect(await waitedSeconds({ kind: "token", token: "t" })).toBe(3);
  expect(await waitedSeconds({ kind: "app", appId: "1", privateKey: pem, installationId: 9 })).toBe(3);
});
