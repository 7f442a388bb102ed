import { once } from "node:events";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";

import type { Clock } from "../../lib/clock.ts";
import { startFirehoseEndpoint } from "../support/firehose-endpoint.ts";
import { clientOf, makeFolder, put, startHostProcess, startTestHost } from "../support/host.ts";
import { TurnedClock } from "../support/turned-clock.ts";
import { until } from "../support/until.ts";

const refusal = { name: "ServiceUnavailableException", $metadata: { httpStatusCode: 503 } };
const down = { kind: "status", status: 503 } as const;
const threeMinutesMs = 180_000;

describe("an endpoint that takes three minutes for every attempt", () => {
  it("fills the buffer, then has producers told to slow down, and loses nothing", async () => {
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint(() => ({ kind: "hang" }));
    await using host = await startTestHost({
      streams: [{ name: "web", url: endpoint.url }],
      maxWaitingBytes: 1_000_000,
      clock,
    });
    const taken: string[] = [];
    const fill = async (): Promise<unknown> => {
      for (;;) {
        const text = String(taken.length).padEnd(10_000, "x");
        const error: unknown = await host.put("web", text).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error !== undefined) return error;
        taken.push(text);
      }
    };
    expect(await fill()).toMatchObject({ ...refusal, message: "Slow down." });
    for (const round of [1, 2, 3]) {
      await until(() => clock.sleepsMs().filter((ms) => ms === threeMinutesMs).length === 4, "four attempts");
      clock.turn(threeMinutesMs);
      await host.told("failed", 4 * round);
    }
    expect(await fill()).toMatchObject(refusal);
    expect(host.waitingRecords()).toBe(taken.length);
    endpoint.fail([]);
    await until(() => {
      clock.turn(threeMinutesMs);
      return host.waitingRecords() === 0;
    }, "everything to be delivered");
    expect(new Set(endpoint.records())).toEqual(new Set(taken));
    await host.put("web", "there is room again");
  });
});

/** Of a process, in MiB; undefined where this system does not tell. */
function memoryMiB(pid: number | undefined): number | undefined {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  } catch {
    return undefined;
  }
}

describe("thousands of deliveries that wait", () => {
  it("stay on the disk, and out of memory, until the endpoint is back", { timeout: 90_000 }, async () => {
    const [calls, recordBytes] = [2_000, 30_000];
    const folder = await makeFolder();
    const silent = await startFirehoseEndpoint(() => ({ kind: "hang" }));
    const env = { HYDRANT_DATA_DIR: folder, BUFFER_SECONDS: "0" };
    await using host = await startHostProcess(["--stream", `web=${silent.url}`], env);
    const client = clientOf(host.url);
    for (let at = 0; at < 50; at++) await put(client, "web", ["warm up"]);
    const before = memoryMiB(host.child.pid) ?? 0;
    // One after the other, so that each is a delivery of its own.
    for (let call = 0; call < calls; call++) await put(client, "web", [`${call} `.padEnd(recordBytes, "x")]);
    const waiting = (await (await fetch(`${host.url}/healthz`)).json()) as { waitingRecords: number };
    expect(waiting.waitingRecords).toBe(calls + 50);
    expect((memoryMiB(host.child.pid) ?? 0) - before).toBeLessThan(100);
    await silent[Symbol.asyncDispose]();
    await using endpoint = await startFirehoseEndpoint([], silent.port);
    await until(() => endpoint.attempts.length >= calls, "thousands of deliveries", 60_000);
    await until(() => endpoint.records().length === calls + 50, "every record");
    expect((memoryMiB(host.child.pid) ?? 0) - before).toBeLessThan(150);
    client.destroy();
    await rm(folder, { recursive: true, force: true });
  });
});

/** Time goes on by one clock while what it shows is set to another. */
function settableClock(): {
  readonly clock: Clock;
  readonly turned: TurnedClock;
  readonly set: (byMs: number) => void;
} {
  const turned = new TurnedClock();
  let shiftMs = 0;
  const clock = {
    nowMs: () => turned.nowMs() + shiftMs,
    sleep: (ms: number, signal: AbortSignal) => turned.sleep(ms, signal),
  };
  return { clock, turned, set: (byMs) => void (shiftMs += byMs) };
}

describe("a clock that jumps", () => {
  it.each([
    ["a year ahead", 31_536_000_000],
    ["a year back", -31_536_000_000],
    ["a minute back", -60_000],
  ])("%s while deliveries wait costs no record: delivered, or in the backup", async (_, byMs) => {
    const { clock, turned, set } = settableClock();
    await using endpoint = await startFirehoseEndpoint(() => down);
    const kept: string[] = [];
    await using host = await startTestHost({
      streams: [{ name: "web", url: endpoint.url }],
      backup: { write: async (_key, body) => void kept.push(body) },
      retrySeconds: 60,
      clock,
    });
    await host.put("web", "before");
    await host.told("failed");
    set(byMs);
    await host.put("web", "after");
    await until(() => host.events.length >= 2, "the second attempt");
    turned.turn(2_000);
    await until(() => host.events.length >= 4, "further attempts");
    endpoint.fail([]);
    await until(() => {
      turned.turn(1_000);
      return host.waitingRecords() === 0;
    }, "an end");
    const backedUp = kept
      .flatMap((body) => body.trimEnd().split("\n"))
      .map((text) => Buffer.from((JSON.parse(text) as { rawData: string }).rawData, "base64").toString());
    expect([...endpoint.records(), ...backedUp].toSorted()).toEqual(["after", "before"]);
  });
});

describe("calls that announce more than memory has room for", () => {
  it("are told to slow down, as long as that lasts", async () => {
    await using endpoint = await startFirehoseEndpoint();
    await using host = await startTestHost({ streams: [{ name: "web", url: endpoint.url }] });
    const open: Socket[] = [];
    for (let call = 0; call < 16; call++) {
      const socket = connect(Number(new URL(host.url).port), "127.0.0.1").on("error", () => undefined);
      await once(socket, "connect");
      socket.write(
        "POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: Firehose_20150804.PutRecord\r\nContent-Length: 8388608\r\n\r\n{",
      );
      open.push(socket);
    }
    await expect.poll(() => host.put("web", "a").catch((error: unknown) => error)).toMatchObject(refusal);
    for (const socket of open) socket.destroy();
    await expect.poll(() => host.put("web", "b").catch((error: unknown) => error)).toBeUndefined();
    await host.told("delivered");
  });
});
