import { readFileSync } from "node:fs";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { joinObjects, maxHeldBytes } from "../../../infra/local/join-objects.ts";
import { cutLines, readInputLine } from "../../../infra/local/put-lines.ts";
import { packRecords } from "../../../lib/firehose/pack.ts";
import { decodeRecord } from "../../../lib/formats/decode-record.ts";
import type { MetricPoint } from "../../../lib/point.ts";

interface Part {
  readonly line: number;
  readonly text: string;
}

async function join(text: string): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const { line, bytes } of joinObjects(cutLines(ReadableStream.from([Buffer.from(text)])))) {
    parts.push({ line, text: Buffer.from(bytes).toString() });
  }
  return parts;
}

const pretty = (value: unknown): string => JSON.stringify(value, null, 2);
const metric = { name: "a", value: 1, time: 1_700_000_000, tags: ["k:}{", 'q:"\\'] };

describe("joining the lines of objects", () => {
  it("makes one part of each, and leaves every other line alone", async () => {
    const text = ["a 1 1", pretty(metric), "", '{"name":"b"}', pretty(metric), "c 1 1"].join("\n");
    expect(await join(text)).toEqual([
      { line: 1, text: "a 1 1" },
      { line: 2, text: pretty(metric) },
      { line: 11, text: "" },
      { line: 12, text: '{"name":"b"}' },
      { line: 13, text: pretty(metric) },
      { line: 22, text: "c 1 1" },
    ]);
  });

  it.each([
    ["an array", pretty([metric, metric]), 2],
    ["objects run together", `${pretty(metric)}${pretty(metric)}`, 2],
    ["a body of Datadog's", pretty({ series: [{ metric: "a", points: [[1_700_000_000, 1]] }] }), 1],
    ["a byte order mark before it", `\ufeff${pretty(metric)}`, 1],
    ["line ends of Windows", pretty(metric).replaceAll("\n", "\r\n"), 1],
    ["the record that the README shows", readmeRecord(), 1],
  ])("has %s put", async (_, text, points) => {
    const parts = (await join(text)).map((part) => readInputLine(Buffer.from(part.text)));
    expect(parts.flatMap(({ rejected }) => rejected)).toEqual([]);
    expect(parts.flatMap(({ lines }) => lines.flatMap((line) => line.points))).toHaveLength(points);
  });

  it.each([
    ["a brace is missing", '{"name":"a"\n{"name":"b","value":1,"time":1}\n{"name":"c","value":1,"time":1}'],
    ["a string of a later line is open where that ends", '{\n"name":"a\n}\n{"name":"b"}'],
    ["a string is open where its line ends", '{"name":"a\n}\n{"name":"b","value":1,"time":1}'],
  ])("reads the lines one by one where %s", async (_, text) => {
    const parts = await join(text);
    expect(parts.map((part) => part.text)).toEqual(text.split("\n"));
    expect(parts.map(({ line }) => line)).toEqual(parts.map((_part, index) => index + 1));
  });

  it("holds no more than its bound for an object that never ends", async () => {
    const line = `${" ".repeat(999)}\n`;
    let taken = 0;
    const lines = (function* () {
      yield Buffer.from("{\n");
      for (; taken < 3 * maxHeldBytes; taken += line.length) yield Buffer.from(line);
    })();
    for await (const { line: number } of joinObjects(cutLines(ReadableStream.from(lines)))) {
      expect(number).toBe(1);
      break;
    }
    expect(taken).toBeLessThan(maxHeldBytes + 4 * line.length);
  });

  it("gives the points that the endpoint finds, however objects are written and packed", async () => {
    const point = fc.record({ name: fc.constantFrom("a", "ü{", '}"'), value: fc.integer(), time: fc.nat() });
    const written = fc
      .oneof(point, fc.array(point))
      .chain((value) =>
        fc.constantFrom(JSON.stringify(value), pretty(value), JSON.stringify(value, null, "\t")),
      );
    await fc.assert(
      fc.asyncProperty(fc.array(written), fc.constantFrom("\n", "\n\n"), async (objects, between) => {
        const text = objects.join(between);
        const parts = (await join(text)).map((part) => readInputLine(Buffer.from(part.text)));
        const records = [...packRecords(parts.flatMap(({ lines }) => lines))];
        const points = records.flatMap(({ bytes }) => decodeRecord(bytes).points);
        expect(points.map(withoutSource)).toEqual(decodeRecord(Buffer.from(text)).points.map(withoutSource));
      }),
    );
  });
});

const withoutSource = ({ source: _source, ...point }: MetricPoint): Omit<MetricPoint, "source"> => point;

function readmeRecord(): string {
  const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
  return /```json\n(\{.*?\})\n```/s.exec(readme)?.[1] ?? "";
}
