import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  billedBytes,
  billingStepBytes,
  groupCalls,
  lineOf,
  maxCallBytes,
  maxCallRecords,
  maxRecordBytes,
  packRecords,
  targetRecordBytes,
  type Line,
  type PackedRecord,
} from "../../../lib/firehose/pack.ts";
import { decodeRecord } from "../../../lib/formats/decode-record.ts";
import type { MetricPoint } from "../../../lib/point.ts";

const point = (name: string): MetricPoint => ({
  name,
  value: 1,
  timestampMs: 1_700_000_000_000,
  type: "gauge",
  tags: [],
});

const lineOfLength = (length: number, unit = "x", format = "hydrant"): Line => ({
  text: unit.repeat(length),
  format,
  points: [point(`of_${length}`)],
});

const lines = fc.array(
  fc
    .record({
      length: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 130_000 })),
      unit: fc.constantFrom("x", "é", "計", "🙂"),
      format: fc.constantFrom("hydrant", "hydrant", "hydrant", "mackerel"),
    })
    .map(({ length, unit, format }) => lineOfLength(length, unit, format)),
  { maxLength: 60 },
);

const textOf = (records: readonly PackedRecord[]): string =>
  records.map(({ bytes }) => Buffer.from(bytes).toString("utf8")).join("");

describe("packRecords", () => {
  it("keeps every line once, in order, each with its line end", () => {
    fc.assert(
      fc.property(lines, (given) => {
        const records = [...packRecords(given)];
        expect(textOf(records)).toBe(given.map(({ text }) => `${text}\n`).join(""));
        expect(records.flatMap(({ points }) => points)).toEqual(given.flatMap(({ points }) => points));
      }),
    );
  });

  it("makes records beyond the target of nothing but one long line, and never beyond Firehose's limit", () => {
    fc.assert(
      fc.property(lines, (given) => {
        for (const { bytes, points } of packRecords(given)) {
          expect(bytes.byteLength).toBeLessThanOrEqual(maxRecordBytes);
          if (bytes.byteLength > targetRecordBytes) expect(points).toHaveLength(1);
        }
      }),
    );
  });

  it("leaves no room in a record that the next line of its format would have had", () => {
    fc.assert(
      fc.property(lines, (given) => {
        const same = given.map((line) => ({ ...line, format: "hydrant" }));
        const records = [...packRecords(same)];
        for (const [index, { bytes }] of records.slice(1).entries()) {
          const firstLineBytes = Buffer.from(bytes).indexOf("\n") + 1;
          const before = records[index]?.bytes.byteLength ?? 0;
          expect(before + firstLineBytes).toBeGreaterThan(targetRecordBytes);
        }
      }),
    );
  });

  it("keeps lines of different formats in different records", () => {
    const given = [
      lineOfLength(9),
      lineOfLength(9, "x", "mackerel"),
      lineOfLength(8, "x", "mackerel"),
      lineOfLength(7),
    ];
    expect([...packRecords(given)].map(({ points }) => points.length)).toEqual([1, 2, 1]);
  });

  it("writes points that are read back as the same points", () => {
    const points = ["a", "b", "ü"].map(point);
    const [record] = packRecords(points.map(lineOf));
    const decoded = decodeRecord(record?.bytes ?? new Uint8Array());
    expect(decoded.points).toMatchObject(points);
  });

  it("takes the longest line that a record can hold, and names the metric of one that is longer", () => {
    expect([...packRecords([lineOfLength(maxRecordBytes - 1)])]).toHaveLength(1);
    expect(() => [...packRecords([lineOfLength(maxRecordBytes)])]).toThrow(
      /"of_1024000" makes a line of 1024001 bytes/,
    );
  });

  it("wastes less than 0.1 % of what is billed on usual lines", () => {
    const points = Array.from({ length: 20_000 }, (_, index) => point(`github.pull_requests.open.n${index}`));
    const records = [...packRecords(points.map(lineOf))];
    const sent = textOf(records).length;
    expect(billedBytes(records.slice(0, -1)) / sent).toBeLessThan(1.001);
    expect(
      billedBytes(points.map((each) => ({ bytes: Buffer.from(lineOf(each).text) }))) / sent,
    ).toBeGreaterThan(50);
  });
});

describe("billedBytes", () => {
  it("rounds each record up to 5,120 bytes on its own", () => {
    const sizes = [1, billingStepBytes, billingStepBytes + 1];
    expect(billedBytes(sizes.map((size) => ({ bytes: new Uint8Array(size) })))).toBe(4 * billingStepBytes);
  });
});

const requestBytes = (call: readonly PackedRecord[]): number =>
  JSON.stringify({
    DeliveryStreamName: "s".repeat(64),
    Records: call.map(({ bytes }) => ({ Data: Buffer.from(bytes).toString("base64") })),
  }).length;

describe("groupCalls", () => {
  const records = fc.array(
    fc.integer({ min: 1, max: maxRecordBytes }).map((size) => ({ bytes: new Uint8Array(size), points: [] })),
    { maxLength: 12 },
  );
  it("keeps every record once, in order, in requests within 4 MiB, and starts none without need", () => {
    fc.assert(
      fc.property(records, (given) => {
        const calls = [...groupCalls(given)];
        expect(calls.flat()).toEqual(given);
        for (const [index, call] of calls.entries()) {
          expect(requestBytes(call)).toBeLessThanOrEqual(maxCallBytes);
          const next = calls[index + 1]?.[0];
          if (next) expect(requestBytes([...call, next])).toBeGreaterThan(maxCallBytes - 300);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("puts at most 500 records in a call", () => {
    const small = Array.from({ length: 1_001 }, () => ({ bytes: new Uint8Array(1), points: [] }));
    expect([...groupCalls(small)].map((call) => call.length)).toEqual([maxCallRecords, maxCallRecords, 1]);
  });
});
