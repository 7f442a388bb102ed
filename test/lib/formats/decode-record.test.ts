import { gzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { decodeRecord } from "../../../lib/formats/decode-record.ts";
import type { Part, RecordFormat, Rejected } from "../../../lib/formats/format.ts";
import { formats } from "../../../lib/formats/index.ts";
import type { MetricPoint } from "../../../lib/point.ts";

const point: MetricPoint = { name: "made", value: 1, timestampMs: 0, type: "gauge", tags: [] };
const rejection: Rejected = { reason: "not-a-metric", detail: "made", raw: "made", count: 1 };

/** A format whose every text holds just so many points and rejections. */
const holding = (points: number, rejections: number): RecordFormat => ({
  name: "made",
  *decode(): Generator<Part> {
    for (let made = 0; made < points; made++) yield point;
    for (let made = 0; made < rejections; made++) yield rejection;
  },
});

const most = 512_000;
const largestWithoutGzip = "x".repeat(1_024_000);
const inflating = gzipSync(`${largestWithoutGzip}x`);

const countsOf = (record: Uint8Array, format: RecordFormat): [number, number] => {
  const { points, rejected } = decodeRecord(record, format);
  return [points.length, rejected.length];
};

describe("a record that gzip makes smaller", () => {
  it("may hold as many points, and as many rejections, as the largest without gzip", () => {
    expect(countsOf(inflating, holding(most, most))).toEqual([most, most]);
  });

  it.each([
    ["points", holding(most + 1, 0)],
    ["rejections", holding(1, most + 1)],
    ["points than one could count", holding(Infinity, 0)],
  ])("is rejected as a whole, once, when it holds more %s", (_, format) => {
    const { points, rejected } = decodeRecord(inflating, format);
    expect(points).toHaveLength(0);
    expect(rejected).toEqual([
      {
        reason: "too-large",
        detail: "the record inflates to more than 512000 points",
        raw: inflating,
        count: 1,
      },
    ]);
  });

  it("is bound no closer than one that comes as it is", () => {
    expect(countsOf(Buffer.from(largestWithoutGzip), holding(most + 1, 0))).toEqual([most + 1, 0]);
    expect(countsOf(gzipSync(largestWithoutGzip), holding(most + 1, 0))).toEqual([most + 1, 0]);
  });
});

describe("hostile text is refused in time that grows with its length:", () => {
  it.each([
    ["a number that never ends", "mackerel", `a ${"1".repeat(1_000_000)}x 1700000000`, 1],
    ["a string that never ends", "hydrant", `["${"x".repeat(16_000_000)}`, 1],
    ["a string longer than a pattern can match", "hydrant", `["${"\\x".repeat(8_000_000)}"]`, 1],
    ["an array of numbers on one line", "hydrant", `[${"1,".repeat(500_000)}1]`, 500_001],
  ])("%s", (_, format, text, count) => {
    const { points, rejected } = decodeRecord(Buffer.from(text), formats.get(format));
    expect([points.length, rejected.length]).toEqual([0, count]);
  });
});
