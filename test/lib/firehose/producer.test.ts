import { FirehoseClient } from "@aws-sdk/client-firehose";
import { describe, expect, it } from "vitest";

import { maxRecordBytes } from "../../../lib/firehose/pack.ts";
import {
  createProducer,
  maxFruitlessTries,
  producerClientConfig,
  UnsentError,
  type Producer,
} from "../../../lib/firehose/producer.ts";
import type { MetricPoint } from "../../../lib/point.ts";
import { SkippingClock } from "../../support/clock.ts";
import type { Fault } from "../../support/faults.ts";
import {
  callFails,
  startFirehose,
  type FirehoseStandIn,
  type FirehoseTrouble,
} from "../../support/firehose-api.ts";

/** Each point fills a record of its own, so that entries of a call can be told apart. */
const points = (...names: string[]): MetricPoint[] =>
  names.map((name) => ({ name, value: 1, timestampMs: 0, type: "gauge", tags: [`k:${"v".repeat(60_000)}`] }));

const namesOf = (records: readonly string[]): string[] =>
  records.flatMap((record) => {
    const parsed = record.trimEnd().split("\n");
    return parsed.map((line) => (JSON.parse(line) as { name: string }).name);
  });

const unavailable = callFails(503, "ServiceUnavailableException", "Slow down.");
const repeat = (fault: Fault, times: number): Fault[] => Array.from({ length: times }, () => fault);

interface Bench extends AsyncDisposable {
  readonly firehose: FirehoseStandIn;
  readonly producer: Producer;
  readonly clock: SkippingClock;
}

async function start(trouble: FirehoseTrouble = {}, requestTimeout = 30_000): Promise<Bench> {
  const firehose = await startFirehose(["s"], trouble);
  const client = new FirehoseClient({
    ...producerClientConfig,
    requestHandler: { ...producerClientConfig.requestHandler, requestTimeout },
    endpoint: firehose.url,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  const clock = new SkippingClock(0);
  return {
    firehose,
    producer: createProducer(client, clock, () => 0),
    clock,
    async [Symbol.asyncDispose]() {
      client.destroy();
      await firehose[Symbol.asyncDispose]();
    },
  };
}

const failureOf = async (put: Promise<unknown>): Promise<UnsentError> => {
  const error = await put.then(() => undefined).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UnsentError);
  return error as UnsentError;
};

describe("a producer", () => {
  it("puts all points in one call and says what is billed", async () => {
    await using bench = await start();
    const report = await bench.producer.put("s", points("a", "b"));
    expect(report).toEqual({ points: 2, records: 2, billedBytes: 2 * 61_440 });
    expect(namesOf(bench.firehose.stored["s"] ?? [])).toEqual(["a", "b"]);
    expect(bench.firehose.calls).toHaveLength(1);
  });

  it("resends only the entries that Firehose did not take, until it takes them", async () => {
    await using bench = await start({ failedEntries: [[1, 3], [0]] });
    await bench.producer.put("s", points("a", "b", "c", "d"));
    expect(bench.firehose.calls.map(namesOf)).toEqual([["a", "b", "c", "d"], ["b", "d"], ["b"]]);
    expect(namesOf(bench.firehose.stored["s"] ?? [])).toEqual(["a", "c", "d", "b"]);
  });

  it.each<[string, Fault]>([
    ["503", unavailable],
    ["500 without a body", { kind: "status", status: 500 }],
    ["throttling with a 400", callFails(400, "ThrottlingException")],
    ["429", callFails(429, "Busy")],
    ["a reset", { kind: "reset" }],
    ["an answer cut short", { kind: "truncated" }],
    ["a page that is not Firehose's", { kind: "wrong-body" }],
    ["an answer that never comes", { kind: "hang" }],
  ])("sends the call again after %s", async (_, fault) => {
    await using bench = await start({ calls: [fault] }, 300);
    await bench.producer.put("s", points("a"));
    expect(namesOf(bench.firehose.stored["s"] ?? [])).toEqual(["a"]);
    expect(bench.firehose.requests).toHaveLength(2);
  });

  it("stores points a second time rather than not at all where an answer was lost", async () => {
    await using bench = await start({ calls: [{ kind: "reset", when: "after" }] });
    const report = await bench.producer.put("s", points("a"));
    expect(report.points).toBe(1);
    expect(namesOf(bench.firehose.stored["s"] ?? [])).toEqual(["a", "a"]);
  });

  it("waits longer each time nothing gets through, up to 5 seconds, and gives up after ten tries", async () => {
    await using bench = await start({ calls: repeat(unavailable, 50) });
    const error = await failureOf(bench.producer.put("s", points("a", "b", "a")));
    expect(error.message).toBe(
      "3 of 3 points (a: 2, b: 1) were not put on the stream s: ServiceUnavailableException: Slow down.",
    );
    expect(error.points.map(({ name }) => name)).toEqual(["a", "b", "a"]);
    expect(bench.firehose.requests).toHaveLength(maxFruitlessTries);
    expect(bench.clock.sleptMs).toEqual([200, 400, 800, 1600, 3200, 5000, 5000, 5000, 5000]);
  });

  it("goes on for as long as something gets through, but not beyond five minutes", async () => {
    const many = Array.from({ length: 30 }, (_, index) => `m${index}`);
    const allButFirst = Array.from({ length: 29 }, (_, index) => index + 1);
    const short = [...Array(29).keys()].map((done) => allButFirst.slice(0, 29 - done));
    await using bench = await start({ failedEntries: short });
    await bench.producer.put("s", points(...many));
    expect(bench.firehose.calls).toHaveLength(30);

    await using late = await start({ failedEntries: [[1], [0]] });
    const put = late.producer.put("s", points("a", "b"));
    late.clock.advance(300_000);
    const error = await failureOf(put);
    expect(error.points.map(({ name }) => name)).toEqual(["b"]);
  });

  it.each(["ResourceNotFoundException", "InvalidArgumentException", "AccessDeniedException"])(
    "stops at once at %s, with every point that is not acknowledged",
    async (type) => {
      await using bench = await start({
        calls: [undefined, callFails(400, type, "No.")],
        failedEntries: [[1]],
      });
      const error = await failureOf(bench.producer.put("s", points("a", "b", "c")));
      expect(error.message).toBe(`1 of 3 points (b: 1) were not put on the stream s: ${type}: No.`);
      expect(error.points.map(({ name }) => name)).toEqual(["b"]);
      expect(bench.firehose.requests).toHaveLength(2);
    },
  );

  it("says of an unknown stream what Firehose says", async () => {
    await using bench = await start();
    const error = await failureOf(bench.producer.put("other", points("a")));
    expect(error.message).toContain("ResourceNotFoundException: Firehose other not found.");
    expect(bench.firehose.requests).toHaveLength(1);
  });

  it("ends at the signal, with what was not acknowledged by then", async () => {
    await using bench = await start({ calls: [undefined, { kind: "hang" }], failedEntries: [[0]] });
    const stop = new AbortController();
    const put = bench.producer.put("s", points("a", "b"), stop.signal);
    await expect.poll(() => bench.firehose.requests.length).toBe(2);
    stop.abort();
    const error = await failureOf(put);
    expect(error.points.map(({ name }) => name)).toEqual(["a"]);
    expect(error.message).toContain("Slow down.");
  });

  it("puts nothing where one point is too large for a record", async () => {
    await using bench = await start();
    const [small, large] = points("small", "large") as [MetricPoint, MetricPoint];
    const tooLarge = { ...large, tags: ["x".repeat(maxRecordBytes)] };
    await expect(bench.producer.put("s", [small, tooLarge])).rejects.toThrow(/"large" makes a line/);
    expect(bench.firehose.requests).toHaveLength(0);
  });

  it("puts more than one call holds, in order, and nothing at all for no points", async () => {
    await using bench = await start();
    const many = Array.from({ length: 130 }, (_, index) => `m${index}`);
    await bench.producer.put("s", points(...many));
    await bench.producer.put("s", []);
    expect(bench.firehose.calls.length).toBe(3);
    expect(namesOf(bench.firehose.stored["s"] ?? [])).toEqual(many);
  });
});
