import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { formatErrorRecords, type ErrorRecord } from "../../../lib/firehose/error-record.ts";
import { readCuts } from "../../../lib/redrive/read-cuts.ts";
import { RecordCutter, type Cut } from "../../../lib/redrive/record-cutter.ts";
import { manyFailed } from "../../support/redrive.ts";
import { runs } from "../../support/runs.ts";
import { until } from "../../support/until.ts";

const count = fc.integer({ min: 0, max: 2_000_000_000_000 });
const anyText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.constantFrom('{"', '"}', "}{", '\\"', "\\", "\n{", '{"attemptsMade":1', '"rawData":"AAAA"'),
);

/** Any record, with every trap that text can hold. */
const anyRecord: fc.Arbitrary<ErrorRecord> = fc.record({
  attemptsMade: count,
  arrivalTimestamp: count,
  errorCode: anyText,
  errorMessage: fc.array(anyText, { maxLength: 4 }).map((parts) => parts.join("")),
  attemptEndingTimestamp: count,
  rawData: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString("base64")),
  subsequenceNumber: count,
  dataId: anyText,
});

async function read(chunks: readonly Uint8Array[]): Promise<Cut[]> {
  const cuts: Cut[] = [];
  const object = (async function* () {
    for (const chunk of chunks) yield await Promise.resolve(chunk);
  })();
  for await (const some of readCuts(object)) cuts.push(...some);
  return cuts;
}

function chunksOf(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const length of lengths) chunks.push(bytes.subarray(at, (at += length)));
  return [...chunks, bytes.subarray(at)];
}

const written = (records: readonly ErrorRecord[], framing: string): string => {
  const lines = formatErrorRecords(records);
  if (framing === "run together") return lines.replaceAll(/\n/g, "");
  if (framing === "over lines")
    return records.map((record) => JSON.stringify(record, undefined, 2)).join("\n");
  return framing === "lines with CRLF" ? lines.replaceAll("\n", "\r\n") : lines;
};

const framings = ["lines", "lines with CRLF", "run together", "over lines"] as const;
const lengths = fc.array(fc.integer({ min: 0, max: 90 }), { maxLength: 60 });
const recordsOf = (cuts: readonly Cut[]): ErrorRecord[] =>
  cuts.flatMap((cut) => (cut.kind === "record" ? [cut.record] : []));

describe("error records that are written and read again", () => {
  it.each(framings)("are the same, whatever pieces their bytes come in, gzip or not: %s", async (framing) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRecord, { maxLength: 6 }),
        lengths,
        fc.boolean(),
        async (records, pieces, isGzip) => {
          const bytes = Buffer.from(written(records, framing));
          const cuts = await read(chunksOf(isGzip ? gzipSync(bytes) : bytes, pieces));
          expect(cuts).toEqual(records.map((record) => ({ kind: "record", record })));
        },
      ),
      { numRuns: runs(300) },
    );
  });

  it("are all found around a line that is none, which is told with its place", async () => {
    const broken = fc.oneof(
      anyRecord.map((record) => JSON.stringify(record).slice(0, -1)),
      anyRecord.map((record) => JSON.stringify(record).replace('"rawData":"', '"rawData":"*')),
      fc.constantFrom("null", "garbage", "{", "{}", '{"a":"', "\u0000", '"', "]"),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyRecord),
        broken,
        fc.array(anyRecord),
        lengths,
        async (before, line, after, pieces) => {
          const start = formatErrorRecords(before);
          const bytes = Buffer.from(`${start}${line}\n${formatErrorRecords(after)}`);
          const cuts = await read(chunksOf(bytes, pieces));
          expect(recordsOf(cuts)).toEqual([...before, ...after]);
          expect(cuts[before.length]).toEqual({ kind: "unreadable", offsetBytes: Buffer.byteLength(start) });
        },
      ),
      { numRuns: runs(300) },
    );
  });
});

describe("a backup object", () => {
  it("of any bytes is read to its end, alike in any pieces", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .array(fc.constantFrom("{", "}", '"', "\\", "\n", '{"attemptsMade":1', ',"rawData":"QQ=="}', "a"), {
          maxLength: 60,
        })
        .map((parts) => Buffer.from(parts.join(""))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, lengths, async (any, pieces) => {
        const whole = await read([any]);
        expect(await read(chunksOf(Buffer.from(any), pieces))).toEqual(whole);
      }),
      { numRuns: runs(2_000) },
    );
  });

  it("is read alike where a piece ends with something broken that closes its braces", async () => {
    const bytes = Buffer.from('{\\}{}{,"rawData":"QQ=="}{');
    expect(await read(chunksOf(bytes, [3]))).toEqual(await read([bytes]));
  });

  it("that was cut short in gzip has something unreadable at its end, and the records before it", async () => {
    const bytes = gzipSync(formatErrorRecords(manyFailed("a", 20_000)));
    const cuts = await read([bytes.subarray(0, bytes.length >> 1)]);
    expect(recordsOf(cuts).length).toBeGreaterThan(1_000);
    expect(cuts.at(-1)?.kind).toBe("unreadable");
  });

  it.each([
    ["plain", (text: string) => Buffer.from(text)],
    ["gzip", gzipSync],
  ])("is closed by whoever stops reading: %s", async (_, write) => {
    let isClosed = false;
    const object = (async function* () {
      try {
        yield await Promise.resolve(write(formatErrorRecords(manyFailed("a", 2))));
        yield write("");
      } finally {
        isClosed = true;
      }
    })();
    for await (const cuts of readCuts(object)) if (cuts.length > 0) break;
    await until(() => isClosed, "the object is closed");
  });

  it("with a document that never ends holds no more than a few megabytes of it", () => {
    const cutter = new RecordCutter();
    const cuts: Cut[] = [];
    for (let mebibyte = 0; mebibyte < 40; mebibyte++)
      cuts.push(...cutter.push(Buffer.alloc(1024 * 1024, '{"a":"b",')));
    cuts.push(...cutter.push(Buffer.from('\n{"rawData":"QQ=="}')), ...cutter.end());
    expect(cuts[0]).toEqual({ kind: "unreadable", offsetBytes: 0 });
    expect(recordsOf(cuts).map(({ rawData }) => rawData)).toEqual(["QQ=="]);
  });

  it("that is nothing but broken beginnings is read in a moment", () => {
    const cutter = new RecordCutter();
    const cuts = [...cutter.push(Buffer.alloc(400_000, "{\n")), ...cutter.end()];
    expect(cuts).toHaveLength(200_000);
  });
});

const cases = join(import.meta.dirname, "../../cases/error-records");

describe("a real or documented error record:", () => {
  const names = readdirSync(cases).filter((name) => !name.endsWith(".json"));

  it("there are cases", () => {
    expect(names.length).toBeGreaterThan(3);
  });

  it.each(names)("%s", async (name) => {
    const expected: unknown = JSON.parse(readFileSync(join(cases, `${name}.json`), "utf8"));
    expect(await read([readFileSync(join(cases, name))])).toEqual(expected);
  });
});
