import fc from "fast-check";
import { expect, it } from "vitest";

import { ConfigError, readConfig } from "../../../lib/config.ts";
import { runs } from "../../support/runs.ts";

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, invocation payload */
const maxEventBytes = 6_291_456;
/** Sources: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html, records and their data */
const maxRecords = 10_000;
const maxRecordBytes = 1_024_000;
/** Headers, of which the common attributes are the longest that an HTTP API lets through, and the context. */
const aroundBytes = 64 * 1024;

/** The length of the event that carries a delivery, its body escaped as JSON within JSON. */
function eventBytes(recordBytes: readonly number[]): number {
  const records = recordBytes.map((bytes) => ({ data: Buffer.alloc(bytes).toString("base64") }));
  const requestId = "00000000-0000-0000-0000-000000000000";
  const body = JSON.stringify({ requestId, timestamp: 1_700_000_000_000, records });
  return JSON.stringify({ body }).length + aroundBytes;
}

/** The largest delivery of records of one size: a buffer that is about to be full, and then one largest record. */
function fullest(mebibytes: number, recordBytes: number): number[] {
  const count = Math.min(Math.floor((mebibytes * 1024 * 1024 - 1) / recordBytes), maxRecords - 1);
  return [...Array.from({ length: count }, () => recordBytes), maxRecordBytes];
}

const allowed = [1, 2, 3, 4, 5, 8, 64].filter((mebibytes) => {
  try {
    return readConfig({ BUFFER_MEBIBYTES: String(mebibytes) }).buffer.mebibytes === mebibytes;
  } catch (error) {
    if (error instanceof ConfigError) return false;
    throw error;
  }
});

it("for every allowed BUFFER_MEBIBYTES the fullest delivery stays under what an event may hold", () => {
  expect(allowed).toEqual([1, 2, 3]);
  const property = fc.property(
    fc.constantFrom(...allowed),
    fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.integer({ min: 1, max: maxRecordBytes })),
    (mebibytes, recordBytes) => {
      expect(eventBytes(fullest(mebibytes, recordBytes))).toBeLessThan(maxEventBytes);
    },
  );
  fc.assert(property, {
    numRuns: runs(60),
    examples: [
      [3, 315],
      [3, 314],
      [3, 1],
      [3, maxRecordBytes],
    ],
  });
});

it("and with one mebibyte more it would not", () => {
  expect(eventBytes(fullest(4, 420))).toBeGreaterThan(maxEventBytes);
});
