import { expect, it } from "vitest";

import { abortAfter, systemClock } from "../../lib/clock.ts";
import { SteppingClock } from "../support/stepping-clock.ts";

it("a signal aborts with its words when its time is up, and not before", async () => {
  const clock = new SteppingClock(0);
  using timeout = abortAfter(clock, 1_000, "too late");
  await clock.settle(clock.sleep(999, new AbortController().signal));
  expect(timeout.signal.aborted).toBe(false);
  await clock.settle(clock.sleep(2, new AbortController().signal));
  expect(timeout.signal.reason).toEqual(new Error("too late"));
});

it.each([0, -1])("a signal with %i ms to go has aborted", (ms) => {
  using timeout = abortAfter(new SteppingClock(0), ms, "too late");
  expect(timeout.signal.aborted).toBe(true);
});

it("a signal that is disposed of never aborts, and leaves no sleep behind", async () => {
  const clock = new SteppingClock(0);
  const timeout = abortAfter(clock, 1_000, "too late");
  timeout[Symbol.dispose]();
  await clock.settle(clock.sleep(2_000, new AbortController().signal));
  expect(timeout.signal.aborted).toBe(false);
});

it("the system's clock stops a sleep when told to", async () => {
  const abort = new AbortController();
  const sleep = systemClock.sleep(3_600_000, abort.signal);
  abort.abort();
  await expect(sleep).rejects.toThrow("aborted");
  expect(systemClock.nowMs()).toBeGreaterThan(1_700_000_000_000);
});
