import { gzipSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decodeRecord } from "../../../lib/formats/decode-record.ts";
import { encodePoint } from "../../../lib/formats/hydrant.ts";
import { metricTypes, type MetricPoint } from "../../../lib/point.ts";
import { runs } from "../../support/runs.ts";

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const point: fc.Arbitrary<MetricPoint> = fc.record({
  name: text,
  value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
  timestampMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  type: fc.constantFrom(...metricTypes),
  tags: fc.array(text, { maxLength: 3 }),
  unit: fc.option(text, { nil: undefined }),
  intervalSeconds: fc.option(fc.integer({ min: 1, max: 86_400 }), { nil: undefined }),
  service: fc.option(text, { nil: undefined }),
  host: fc.option(text, { nil: undefined }),
});

const decode = (record: string): MetricPoint[] => {
  const { points, rejected } = decodeRecord(Buffer.from(record));
  expect(rejected).toEqual([]);
  return points.map(({ source, ...rest }) => {
    expect(source).toBeTypeOf("string");
    return rest;
  });
};

describe("Hydrant's own form", () => {
  it("reads every point back as it was written, however the points are arranged in the record", () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 5 }), (points) => {
        const lines = points.map(encodePoint);
        const pretty = JSON.stringify(
          lines.map((line) => JSON.parse(line) as unknown),
          undefined,
          2,
        );
        expect(decode(lines.join("\n"))).toEqual(points);
        expect(decode(lines.join("\r\n"))).toEqual(points);
        expect(decode(lines.join(""))).toEqual(points);
        expect(decode(`[${lines.join(",")}]`)).toEqual(points);
        expect(decode(pretty)).toEqual(points);
        const { points: inflated } = decodeRecord(gzipSync(lines.join("\n")));
        expect(inflated).toMatchObject(points);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it("loses no good line to the broken ones around it", () => {
    // No closing brace: with one, text that was cut short becomes an object that is whole again.
    const broken = fc.constantFrom(
      "{",
      '{"name":',
      "\u0000",
      '"',
      '{"a":{"b":1}',
      "[[[",
      "nonsense",
      '{"x":"\\',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(point, broken), { maxLength: 8 }), (lines) => {
        const record = lines.map((line) => (typeof line === "string" ? line : encodePoint(line))).join("\n");
        // Where the record starts decides its format; the first line is a good one.
        const { points } = decodeRecord(Buffer.from(`${encodePoint(first)}\n${record}`));
        const good = lines.filter((line) => typeof line !== "string");
        expect(points).toMatchObject([first, ...good]);
      }),
      { numRuns: runs(2_000) },
    );
  });

  it("keeps the refused bytes as they came in", () => {
    const bad = Buffer.from([0x7b, 0xff, 0x7d]);
    const { points, rejected } = decodeRecord(Buffer.concat([Buffer.from(`${encodePoint(first)}\n`), bad]));
    expect(points).toHaveLength(1);
    expect(rejected).toMatchObject([{ reason: "not-utf8", raw: bad }]);
  });

  it("cuts hostile nesting in time that grows with its length", () => {
    const depth = 300_000;
    for (const hostile of [
      "{\n".repeat(depth),
      `${'{"a":\n'.repeat(depth)}${"}\n".repeat(depth)}`,
      "[".repeat(depth),
    ]) {
      const { points } = decodeRecord(
        Buffer.from(`${encodePoint(first)}\n${hostile}\n${encodePoint(first)}`),
      );
      expect(points.length).toBeGreaterThanOrEqual(1);
    }
  });
});

const first: MetricPoint = { name: "first", value: 1, timestampMs: 0, type: "gauge", tags: [] };
