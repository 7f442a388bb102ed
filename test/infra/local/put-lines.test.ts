import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { cutLines, readInputLine } from "../../../infra/local/put-lines.ts";
import { maxRecordBytes, packRecords } from "../../../lib/firehose/pack.ts";
import { decodeRecord } from "../../../lib/formats/decode-record.ts";
import type { MetricPoint } from "../../../lib/point.ts";

const withoutSource = ({ source: _source, ...point }: MetricPoint): Omit<MetricPoint, "source"> => point;

const read = (text: string): ReturnType<typeof readInputLine> => readInputLine(Buffer.from(text));
const linesOf = (text: string): string[] => read(text).lines.map((line) => line.text);

const metricOf = (name: string, tagBytes: number): string =>
  `{"name":"${name}","value":1,"time":1,"tags":["k:${"v".repeat(tagBytes)}"]}`;

const cut = async (chunks: readonly Uint8Array[]): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of cutLines(ReadableStream.from(chunks)))
    lines.push(Buffer.from(line).toString("latin1"));
  return lines;
};

describe("readInputLine", () => {
  it.each([
    ["hydrant", '{"name":"a","value":1,"time":1700000000, "tags":["k:v"]}'],
    ["hydrant", '[{"name":"a","value":1,"time":1},{"name":"b","value":2,"time":1}]'],
    ["hydrant", '{"name":"a","value":1,"time":1},'],
    ["mackerel", "a\t1\t1700000000"],
    ["datadog", '{"series":[{"metric":"a","points":[[1700000000,1]]}]}'],
  ])("passes a good line of %s as it came", (format, text) => {
    const { lines, rejected } = read(`${text}\r`);
    expect(lines.map((line) => [line.format, line.text])).toEqual([[format, text]]);
    expect(rejected).toEqual([]);
  });

  it("keeps the good points of a line that is bad in part", () => {
    const { lines, rejected } = read('{"name":"a","value":1,"time":1}{"name":"b"}');
    expect(lines.map((line) => line.text)).toEqual(['{"name":"a","value":1,"time":1}']);
    expect(rejected.map(({ reason }) => reason)).toEqual(["invalid-value"]);
  });

  it("cuts a line that is too long for a record into its points, and refuses a point that is too large", () => {
    const { lines, rejected } = read(
      `[${metricOf("a", 600_000)},${metricOf("b", maxRecordBytes)},${metricOf("c", 600_000)}]`,
    );
    expect(lines.flatMap((line) => line.points.map(({ name }) => name))).toEqual(["a", "c"]);
    expect(rejected.map(({ reason }) => reason)).toEqual(["too-large"]);
  });

  it.each(["", "   ", "[", "]", "\r"])("takes %j for no metric and no mistake", (text) => {
    expect(read(text)).toEqual({ lines: [], rejected: [] });
  });

  it("drops a byte order mark", () => {
    expect(linesOf("\u{feff}a 1 1")).toEqual(["a 1 1"]);
  });

  it("keeps every point of any lines when they are packed into records", () => {
    const metric = fc.record({
      name: fc.constantFrom("a", "b.c", "ü"),
      value: fc.integer(),
      time: fc.integer({ min: 0, max: 2e9 }),
    });
    const line = fc.oneof(
      metric.map((each) => JSON.stringify(each)),
      fc.array(metric).map((each) => JSON.stringify(each)),
      fc.array(metric).map((each) => each.map((one) => JSON.stringify(one)).join("")),
      metric.map(({ name, value, time }) => `${name} ${value} ${time}`),
      metric.map(({ name, value, time }) =>
        JSON.stringify({ series: [{ metric: name, points: [[time, value]] }] }),
      ),
      fc.string(),
      fc.constantFrom("{", '"', "[{", "}]", '{"name":"', "]["),
    );
    fc.assert(
      fc.property(fc.array(line), (given) => {
        const single = given.filter((text) => !/[\r\n]/.test(text)).map(read);
        const records = [...packRecords(single.flatMap(({ lines }) => lines))];
        const decoded = records.map(({ bytes }) => decodeRecord(bytes));
        expect(decoded.flatMap(({ rejected }) => rejected)).toEqual([]);
        expect(decoded.flatMap(({ points }) => points.map(withoutSource))).toEqual(
          single.flatMap(({ lines }) => lines.flatMap(({ points }) => points.map(withoutSource))),
        );
      }),
      { numRuns: 500 },
    );
  });
});

describe("cutLines", () => {
  it("cuts the same lines wherever the chunks end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.stringMatching(/^[a\n]*$/)), async (chunks) => {
        const whole = chunks.join("").split("\n");
        const lines = whole.at(-1) === "" ? whole.slice(0, -1) : whole;
        expect(await cut(chunks.map((chunk) => Buffer.from(chunk)))).toEqual(lines);
      }),
    );
  });

  it("says what to do with gzip", async () => {
    await expect(cut([Buffer.from([0x1f, 0x8b, 8])])).rejects.toThrow("pipe it through gunzip -c");
  });
});
