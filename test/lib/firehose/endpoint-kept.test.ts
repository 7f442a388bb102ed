import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import type { Backup } from "../../../lib/store/store.ts";
import type { Fault } from "../../support/faults.ts";
import { keys, line, rawText, requestId, startPipeline, stream, bodyOf } from "../../support/pipeline.ts";
import { nowMs } from "../../support/points.ts";

const seconds = nowMs / 1000;
const hour = new Date(nowMs - 500).toISOString().slice(0, 13).replaceAll(/[-T]/g, "/");

describe("what no destination can take", () => {
  it("is kept as Firehose keeps failed records: by date, under the request's id, a document a line", async () => {
    await using pipeline = await startPipeline();
    await pipeline.deliver([`${line()}\nnonsense`, line()]);
    expect(await pipeline.kept()).toEqual([
      {
        path: `${stream}/rejected/${hour}/${stream}-${requestId}`,
        records: [
          {
            attemptsMade: 1,
            arrivalTimestamp: nowMs - 500,
            errorCode: "not-a-metric",
            errorMessage: "the text is not a metric",
            attemptEndingTimestamp: nowMs,
            rawData: Buffer.from("nonsense").toString("base64"),
            subsequenceNumber: 0,
            dataId: `${requestId}.0`,
          },
        ],
      },
    ]);
  });

  it("holds exactly the refused lines of each record, by reason", async () => {
    await using pipeline = await startPipeline();
    const spaced = `  { "name" : "a b", "value" : 1, "time" : ${seconds} }`;
    const bad = [spaced.trim(), line({ name: "c/d" }), '{"name":"x","value":"1"}', "{"];
    await pipeline.deliver([line(), [bad[0], line(), bad[1], bad[2], bad[3]].join("\r\n")]);
    const [object] = await pipeline.kept();
    const kept = object?.records.map((record) => [record.errorCode, record.dataId, rawText(record)]);
    expect(new Set(kept)).toEqual(
      new Set([
        ["invalid-name", `${requestId}.1`, `${bad[0]}\n${bad[1]}`],
        ["invalid-value", `${requestId}.1`, bad[2]],
        ["not-json", `${requestId}.1`, bad[3]],
      ]),
    );
    expect(object?.records.map(({ subsequenceNumber }) => subsequenceNumber)).toEqual([0, 1, 2]);
  });

  it("goes into records that Firehose takes back, however much gzip held", async () => {
    await using pipeline = await startPipeline();
    const lines = Array.from({ length: 60_000 }, (_, at) => line({ name: `a b ${at}` }));
    const hardly = Array.from(
      { length: 40_000 },
      (_, at) => `${createHash("sha256").update(`${at}`).digest("hex")} x`,
    );
    await pipeline.deliver([
      gzipSync(lines.join("\n")),
      ...[0, 20_000].map((at) => gzipSync(hardly.slice(at, at + 20_000).join("\n"))),
    ]);
    const [object] = await pipeline.kept();
    const raws = object!.records.map(({ rawData }) => Buffer.from(rawData, "base64"));
    for (const raw of raws) expect(raw.byteLength).toBeLessThanOrEqual(1_024_000);
    const kept = raws.flatMap((raw) => (raw[0] === 0x1f ? gunzipSync(raw) : raw).toString().split("\n"));
    expect(new Set(kept)).toEqual(new Set([...lines, ...hardly]));
    expect(kept).toHaveLength(100_000);
  });

  it("has a document for each record", async () => {
    await using pipeline = await startPipeline();
    await pipeline.deliver(["one", line(), "two"]);
    const [object] = await pipeline.kept();
    expect(object?.records.map((record) => [rawText(record), record.dataId])).toEqual([
      ["one", `${requestId}.0`],
      ["two", `${requestId}.2`],
    ]);
  });

  it("is kept byte for byte, whatever the bytes are", async () => {
    await using pipeline = await startPipeline();
    const broken = Buffer.from([0x1f, 0x8b, 0, 0xff, 0x0a]);
    const latin1 = Buffer.concat([Buffer.from(`${line()}\n`), Buffer.from([0x7b, 0xe9, 0x7d])]);
    await pipeline.deliver([broken, latin1]);
    const [object] = await pipeline.kept();
    expect(object?.records).toMatchObject([
      { errorCode: "not-gzip", rawData: broken.toString("base64") },
      { errorCode: "not-utf8", rawData: latin1.subarray(-3).toString("base64") },
    ]);
  });

  it.each(["%%%", "AAAA!", "A", "AAAAA", "A===", "YQ==YQ=="])(
    "is a record of %j, which is no base64",
    async (data) => {
      await using pipeline = await startPipeline();
      const body = JSON.stringify({ requestId, timestamp: nowMs, records: [{ data }] });
      expect((await pipeline.deliver([], { body })).report.rejected).toEqual({ "not-base64": 1 });
      const [object] = await pipeline.kept();
      expect(object?.records.map(rawText)).toEqual([data]);
    },
  );

  it("is kept under a hash where the request's id is no name for a file", async () => {
    await using pipeline = await startPipeline();
    const id = "../../../etc/passwd";
    const headers = { "x-amz-firehose-request-id": id };
    await pipeline.deliver([], { headers, body: bodyOf(["nonsense"], id) });
    const [object] = await pipeline.kept();
    expect(object?.path).toMatch(new RegExp(`^${stream}/rejected/${hour}/${stream}-[0-9a-f]{64}$`));
  });

  it.each([
    ["none", undefined],
    ["one that is no date", 1e300],
    ["one in fractions", 1.5],
    ["one that is text", "1800000000000"],
  ])("is dated by the clock where the delivery's timestamp is %s", async (_, timestamp) => {
    await using pipeline = await startPipeline();
    const records = [{ data: "JSUl" }];
    await pipeline.deliver([], { body: JSON.stringify({ requestId, timestamp, records }) });
    const [object] = await pipeline.kept();
    expect(object?.records).toMatchObject([{ arrivalTimestamp: nowMs }]);
  });
});

describe("what the destination refuses", () => {
  it("is kept with the destination's words, the others are delivered", async () => {
    await using pipeline = await startPipeline({ refuses: (name) => name === "cursed" });
    const cursed = line({ name: "cursed" });
    const { report } = await pipeline.deliver([`${line()}\n${cursed}\n${line({ name: "b" })}`]);
    expect(report).toMatchObject({ status: 200, accepted: 2, rejected: { "refused-by-destination": 1 } });
    const [object] = await pipeline.kept();
    expect(object?.records.map(rawText)).toEqual([cursed]);
    expect(object?.records).toMatchObject([
      { errorCode: "refused-by-destination", errorMessage: expect.stringContaining("400") as string },
    ]);
  });

  it("as a collision is kept, the first of the series is sent", async () => {
    await using pipeline = await startPipeline();
    const lines = ["r:a/b", "r:a-b"].map((tag) => line({ tags: [tag] }));
    await pipeline.deliver([lines.join("\n")]);
    const [object] = await pipeline.kept();
    expect(object?.records.map(rawText)).toEqual([lines[1]]);
    expect(object?.records).toMatchObject([{ errorCode: "name-collision" }]);
    expect(pipeline.mackerel.points()).toMatchObject([{ name: "builds.a-b" }]);
  });
});

describe("a point outside its service's window", () => {
  it.each([
    ["/mackerel", -86_401, "too-old"],
    ["/datadog", -3_601, "too-old"],
    ["/datadog", 601, "too-far-ahead"],
  ])("at %s, %i s from now, is kept in expired/ as %s", async (path, offset, reason) => {
    await using pipeline = await startPipeline();
    const late = line({ time: seconds + offset });
    const { report } = await pipeline.deliver([`${line()}\n${late}`], { path });
    expect(report).toMatchObject({ accepted: 1, expired: { [reason]: 1 }, rejected: {} });
    const kept = await pipeline.kept();
    expect(kept.map((object) => object.path)).toEqual([`${stream}/expired/${hour}/${stream}-${requestId}`]);
    expect(kept[0]?.records.map(rawText)).toEqual([late]);
    expect(kept[0]?.records).toMatchObject([{ errorCode: reason }]);
    expect([...pipeline.mackerel.dropped, ...pipeline.datadog.dropped]).toEqual([]);
  });
});

const series = (metric: string, ...values: unknown[]): object => ({
  metric,
  type: 3,
  points: values.map((value, index) => ({ timestamp: seconds - index, value })),
});

describe.each([
  ["Hydrant's own form", "{broken", [line(), "{broken", line({ name: "b" })].join("\n"), 2],
  ["Hydrant's own form, run together", '{"x":1}', `${line()}{"x":1}${line({ name: "b" })}`, 2],
  ["Hydrant's own form, as gzip", "{broken", gzipSync(`${line()}\n{broken`), 1],
  ["Mackerel text", "b one 1", `a 1 ${seconds}\nb one 1\nc\t3\t${seconds}`, 2],
  [
    "a Datadog body",
    JSON.stringify({ series: [{ ...series("c"), points: [{ timestamp: seconds, value: "1" }] }] }),
    JSON.stringify({ series: [series("a", 1, 2), series("c", "1")] }),
    2,
  ],
] as const)("one bad line among good in %s", (_, bad, record, good) => {
  it("costs none of the good ones", async () => {
    await using pipeline = await startPipeline();
    const { status, report } = await pipeline.deliver([record]);
    expect([status, report.accepted]).toEqual([200, good]);
    const [object] = await pipeline.kept();
    expect(object?.records.map(rawText)).toEqual([bad]);
  });
});

it("of a Datadog body just the refused points are kept", async () => {
  await using pipeline = await startPipeline();
  const more = { tags: ["z:1", "a:1"], metadata: { origin: { product: 10 } }, source_type_name: "s" };
  const resources = [{ type: "device", name: "sda" }];
  const body = { series: [series("ok", 1), { ...series("1bad", 1, 2), ...more, resources }] };
  await pipeline.deliver([JSON.stringify(body)], { path: "/datadog" });
  const [object] = await pipeline.kept();
  const kept = JSON.parse(rawText(object!.records[0]!)) as typeof body;
  expect(kept).toEqual({ series: [body.series[1]] });
});

interface CountingBackup extends Backup {
  writes: number;
}

function countingBackup(): CountingBackup {
  return {
    writes: 0,
    async write() {
      this.writes++;
    },
  };
}

describe("nothing is written", () => {
  it("when nothing was refused", async () => {
    const backup = countingBackup();
    await using pipeline = await startPipeline({ backup });
    await pipeline.deliver([line(), line()]);
    expect(backup.writes).toBe(0);
  });

  it("on an attempt that is not answered 200", async () => {
    const backup = countingBackup();
    await using pipeline = await startPipeline({ backup, faults: [{ kind: "status", status: 500 }] });
    await pipeline.deliver([`${line()}\nnonsense`]);
    expect(backup.writes).toBe(0);
    await pipeline.deliver([`${line()}\nnonsense`]);
    expect(backup.writes).toBe(1);
  });
});

it("no key is in what is kept", async () => {
  const fault: Fault = { kind: "status", status: 400, body: `who is ${keys.mackerel}?` };
  await using pipeline = await startPipeline({ faults: () => fault });
  await pipeline.deliver([line()]);
  expect(await pipeline.kept()).toMatchObject([
    { records: [{ errorMessage: "mackerel answered 400: who is ***?" }] },
  ]);
});
