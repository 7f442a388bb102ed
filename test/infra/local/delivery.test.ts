import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ErrorRecord } from "../../../lib/firehose/error-record.ts";
import { startFirehoseEndpoint } from "../../support/firehose-endpoint.ts";
import { makeFolder, now, startTestHost } from "../../support/host.ts";
import { TurnedClock } from "../../support/turned-clock.ts";
import { until } from "../../support/until.ts";

const unavailable = { kind: "status", status: 503, body: "down" } as const;
const idsOf = (attempts: readonly { requestId: string }[]): string[] => [
  ...new Set(attempts.map(({ requestId }) => requestId)),
];

async function errorRecords(folder: string): Promise<{ keys: string[]; records: ErrorRecord[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(paths.map((path) => readFile(path, "utf8")));
  const lines = texts.flatMap((text) => text.trimEnd().split("\n"));
  return {
    keys: paths.map((path) => path.slice(folder.length + 1)),
    records: lines.map((line) => JSON.parse(line) as ErrorRecord),
  };
}

describe("buffering", () => {
  it("delivers when the oldest record has waited for the interval", async () => {
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint();
    await using host = await startTestHost({
      streams: [{ name: "web", url: endpoint.url }],
      hints: { seconds: 60, mebibytes: 1 },
      clock,
    });
    await host.put("web", "1");
    clock.turn(59_999);
    await host.put("web", "2");
    expect(endpoint.attempts).toEqual([]);
    clock.turn(1);
    await host.told("delivered");
    expect(endpoint.attempts.map(({ records }) => records)).toEqual([["1", "2"]]);
    await host.put("web", "3");
    expect(clock.sleepsMs()).toContain(60_000);
  });

  it("delivers at once when the size is reached, and leaves the rest to the interval", async () => {
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint();
    await using host = await startTestHost({
      streams: [{ name: "web", url: endpoint.url }],
      hints: { seconds: 60, mebibytes: 1 },
      clock,
    });
    const half = "x".repeat(600_000);
    await host.put("web", half, half, half, half, "rest");
    await host.told("delivered", 2);
    expect(endpoint.attempts.map(({ records }) => records.length)).toEqual([2, 2]);
    clock.turn(60_000);
    await host.told("delivered", 3);
    expect(endpoint.attempts[2]?.records).toEqual(["rest"]);
  });

  it("puts at most 10,000 records in a delivery", async () => {
    await using endpoint = await startFirehoseEndpoint();
    await using host = await startTestHost({
      streams: [{ name: "web", url: endpoint.url }],
      hints: { seconds: 900, mebibytes: 1 },
      clock: new TurnedClock(),
    });
    const records = Array.from({ length: 500 }, (_, at) => String(at));
    for (let call = 0; call < 20; call++) await host.put("web", ...records);
    await host.told("delivered");
    expect(endpoint.attempts[0]?.records).toHaveLength(10_000);
  });

  it("does not wait for a clock that was set back", async () => {
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint();
    await using host = await startTestHost({
      streams: [{ name: "web", url: endpoint.url }],
      hints: { seconds: 60, mebibytes: 1 },
      clock,
    });
    await host.put("web", "1");
    clock.turn(-3_600_000);
    await host.put("web", "2");
    await host.told("delivered");
    expect(endpoint.records()).toEqual(["1", "2"]);
  });
});

describe("an attempt", () => {
  it("has Firehose's request to the letter", async () => {
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint();
    const url = `${endpoint.url}/../a%2Fb?c=d&e`;
    const attributes = { team: "web", "": "" };
    await using host = await startTestHost({
      streams: [{ name: "web", url, accessKey: "a key", attributes }],
      clock,
    });
    await host.put("web", "hello", "");
    await host.told("delivered");
    const [attempt] = endpoint.attempts;
    expect(attempt?.path).toBe("/firehose/../a%2Fb?c=d&e");
    const length = String(attempt?.body.length);
    expect(attempt?.rawHeaders.slice(0, 16)).toEqual(
      [
        ["X-Amz-Firehose-Protocol-Version", "1.0"],
        ["X-Amz-Firehose-Request-Id", attempt?.requestId],
        ["X-Amz-Firehose-Source-Arn", "arn:aws:firehose:us-east-1:000000000000:deliverystream/web"],
        ["X-Amz-Firehose-Access-Key", "a key"],
        ["X-Amz-Firehose-Common-Attributes", '{"commonAttributes":{"team":"web","":""}}'],
        ["Content-Type", "application/json"],
        ["Content-Length", length],
        ["User-Agent", "Amazon Kinesis Data Firehose Agent/1.0"],
      ].flat(),
    );
    expect(attempt?.requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(attempt?.body).toBe(
      `{"requestId":"${attempt?.requestId}","timestamp":${clock.nowMs()},"records":[{"data":"aGVsbG8="},{"data":""}]}`,
    );
  });
});

describe("retrying", () => {
  it("keeps one request id for all attempts, with Firehose's waits between them", async () => {
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint([
      unavailable,
      { kind: "reset" },
      { kind: "wrong-body" },
    ]);
    await using host = await startTestHost({ streams: [{ name: "web", url: endpoint.url }], clock });
    await host.put("web", "1", "2");
    for (const [failures, waitMs] of [1000, 2000, 4000].entries()) {
      await host.told("failed", failures + 1);
      expect(host.events.at(-1)).toMatchObject({ attempts: failures + 1, retryMs: waitMs });
      await until(() => clock.sleepsMs()[0] === waitMs, "the wait");
      clock.turn(waitMs);
    }
    await host.told("delivered");
    expect(endpoint.attempts).toHaveLength(4);
    expect(idsOf(endpoint.attempts)).toHaveLength(1);
    expect(new Set(endpoint.attempts.map(({ body }) => body)).size).toBe(1);
    expect(endpoint.records()).toEqual(["1", "2"]);
    expect(host.waitingRecords()).toBe(0);
  });

  it("goes on under the same id after a restart", async () => {
    const folder = await makeFolder();
    await using endpoint = await startFirehoseEndpoint(() => unavailable);
    const options = {
      dataDir: folder,
      streams: [{ name: "web", url: endpoint.url }],
      clock: new TurnedClock(),
    };
    const before = await startTestHost(options);
    await before.put("web", "1");
    await before.told("failed");
    await before.stop(now);
    await using host = await startTestHost(options);
    await host.put("web", "2");
    await host.told("failed", 2);
    expect(new Set(host.events.map((event) => event.kind === "failed" && event.attempts))).toEqual(
      new Set([1, 2]),
    );
    endpoint.fail([]);
    options.clock.turn(2_000);
    await host.told("delivered", 2);
    expect(idsOf(endpoint.attempts.filter(({ records }) => records[0] === "1"))).toHaveLength(1);
    expect(endpoint.records().toSorted()).toEqual(["1", "2"]);
    await rm(folder, { recursive: true });
  });

  it("gives an attempt three minutes, and does not count them as retrying", async () => {
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint([unavailable, { kind: "hang" }]);
    await using host = await startTestHost({
      streams: [{ name: "web", url: endpoint.url }],
      retrySeconds: 10,
      clock,
    });
    await host.put("web", "1");
    await host.told("failed");
    clock.turn(1_000);
    await until(() => endpoint.attempts.length === 2, "the second attempt");
    expect(clock.sleepsMs()).toEqual([180_000]);
    clock.turn(180_000);
    await host.told("failed", 2);
    expect(host.events[1]).toMatchObject({
      retryMs: 2_000,
      failure: { errorCode: "HttpEndpoint.RequestTimeout" },
    });
    clock.turn(2_000);
    await host.told("delivered");
  });

  it("lets a failing delivery block no other", async () => {
    await using endpoint = await startFirehoseEndpoint(({ records }) =>
      records[0] === "bad" ? unavailable : undefined,
    );
    const streams = [{ name: "web", url: endpoint.url }];
    await using host = await startTestHost({ streams, clock: new TurnedClock() });
    await host.put("web", "bad");
    await host.told("failed");
    await Promise.all(Array.from({ length: 30 }, (_, at) => host.put("web", String(at))));
    await until(() => endpoint.records().length === 30, "the others");
    await until(() => host.waitingRecords() === 1, "their end");
  });

  it("makes at most four attempts of a stream at once", async () => {
    await using slow = await startFirehoseEndpoint(() => ({ kind: "hang" }));
    await using quick = await startFirehoseEndpoint();
    const streams = [
      { name: "slow", url: slow.url },
      { name: "quick", url: quick.url },
    ];
    await using host = await startTestHost({ streams });
    for (let at = 0; at < 8; at++) await host.put("slow", String(at));
    await until(() => slow.attempts.length === 4, "four attempts");
    for (let at = 0; at < 8; at++) await host.put("quick", String(at));
    await until(() => quick.records().length === 8, "the other stream");
    expect(slow.attempts).toHaveLength(4);
  });
});

describe("giving up", () => {
  it("keeps every record in the backup when retrying is over, and only then lets go of it", async () => {
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint(() => unavailable);
    await using host = await startTestHost({
      streams: [{ name: "web", url: endpoint.url }],
      retrySeconds: 2,
      clock,
    });
    const arrivalMs = clock.nowMs();
    const records = [Buffer.from([0, 255, 10]), Buffer.alloc(0), Buffer.from("日本\n")];
    await host.put("web", ...records);
    for (const [failures, waitMs] of [1_000, 1_000].entries()) {
      await host.told("failed", failures + 1);
      clock.turn(waitMs);
    }
    await host.told("backed-up");
    expect(host.waitingRecords()).toBe(0);
    const { keys, records: kept } = await errorRecords(host.backupFolder);
    const id = endpoint.attempts[0]?.requestId;
    expect(keys).toEqual([`web/http-endpoint-failed/2026/03/04/05/web-1-2026-03-04-05-06-07-${id}`]);
    expect(kept.map(({ rawData }) => rawData)).toEqual(records.map((bytes) => bytes.toString("base64")));
    expect(kept[0]).toEqual({
      attemptsMade: 3,
      arrivalTimestamp: arrivalMs,
      errorCode: "HttpEndpoint.DestinationException",
      errorMessage: "The following response was received from the endpoint destination. 503: down",
      attemptEndingTimestamp: arrivalMs + 2_000,
      rawData: "AP8K",
      subsequenceNumber: 0,
      dataId: "49000000000000000000000000000000000000000000000000000001.0",
    });
  });

  it("does not retry at all where the duration is 0", async () => {
    await using endpoint = await startFirehoseEndpoint(() => unavailable);
    const streams = [{ name: "web", url: endpoint.url }];
    await using host = await startTestHost({ streams, retrySeconds: 0, clock: new TurnedClock() });
    await host.put("web", "1");
    await host.told("backed-up");
    expect(endpoint.attempts).toHaveLength(1);
  });

  it("keeps the records, and tries endpoint and backup again, while the backup fails", async () => {
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint(() => unavailable);
    await using host = await startTestHost({
      streams: [{ name: "web", url: endpoint.url }],
      retrySeconds: 0,
      clock,
    });
    await writeFile(host.backupFolder, "in the way");
    await host.put("web", "1");
    await host.told("not-backed-up");
    expect(host.waitingRecords()).toBe(1);
    await rm(host.backupFolder);
    await until(() => clock.sleepsMs()[0] === 1_000, "the wait");
    clock.turn(1_000);
    await host.told("backed-up");
    expect(endpoint.attempts).toHaveLength(2);
    expect((await errorRecords(host.backupFolder)).records).toMatchObject([
      { rawData: "MQ==", attemptsMade: 2 },
    ]);
  });

  it("writes the same object again, not a second one, after a crash before the records were deleted", async () => {
    const folder = await makeFolder();
    const keys: string[] = [];
    const crash = Promise.withResolvers<void>();
    const backup = { write: (key: string): Promise<void> => (keys.push(key), crash.promise) };
    await using endpoint = await startFirehoseEndpoint(() => unavailable);
    const streams = [{ name: "web", url: endpoint.url }];
    const options = { dataDir: folder, streams, retrySeconds: 0, clock: new TurnedClock(), backup };
    const before = await startTestHost(options);
    await before.put("web", "1");
    await until(() => keys.length === 1, "the backup");
    const stopped = before.stop(now);
    crash.reject(new Error("power cut"));
    await stopped;
    await using host = await startTestHost({
      ...options,
      backup: { write: async (key) => void keys.push(key) },
    });
    await host.told("backed-up");
    expect(keys).toEqual([keys[0], keys[0]]);
    await rm(folder, { recursive: true });
  });

  it("drops what gets a 413 without a backup, and says so", async () => {
    await using endpoint = await startFirehoseEndpoint([{ kind: "status", status: 413 }]);
    await using host = await startTestHost({ streams: [{ name: "web", url: endpoint.url }] });
    await host.put("web", "1", "2");
    await host.told("dropped");
    expect(host.events).toMatchObject([{ kind: "dropped", delivery: { records: 2 }, attempts: 1 }]);
    expect(host.waitingRecords()).toBe(0);
    await expect(readdir(host.backupFolder)).rejects.toThrow(/ENOENT/);
  });
});

describe("stopping", () => {
  it("lets attempts in flight end, and begins no new ones", async () => {
    await using endpoint = await startFirehoseEndpoint([{ kind: "slow", ms: 200 }, unavailable]);
    await using host = await startTestHost({ streams: [{ name: "web", url: endpoint.url }] });
    await host.put("web", "1");
    await until(() => host.waitingRecords() === 1, "the put");
    const waiting = await host.stop(new AbortController().signal);
    expect(waiting).toBe(0);
    expect(endpoint.records()).toEqual(["1"]);
  });

  it("breaks off an attempt that takes too long, and keeps its records", async () => {
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint([{ kind: "hang" }]);
    await using host = await startTestHost({ streams: [{ name: "web", url: endpoint.url }], clock });
    await host.put("web", "1");
    await until(() => endpoint.attempts.length === 1, "the attempt");
    const stopped = host.stop(new AbortController().signal);
    await until(() => clock.sleepsMs().includes(20_000), "patience");
    clock.turn(20_000);
    expect(await stopped).toBe(1);
  });
});
