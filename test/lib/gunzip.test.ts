import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { countInflated, gunzip } from "../../lib/gunzip.ts";
import { runs } from "../support/runs.ts";

describe("what gzip hides", () => {
  const size = fc.integer({ min: 0, max: 300_000 });

  it("is counted as it inflates, up to a limit", async () => {
    await fc.assert(
      fc.asyncProperty(size, size, async (bytes, maxBytes) => {
        const zipped = gzipSync(Buffer.alloc(bytes));
        expect(await countInflated(zipped, maxBytes)).toBe(bytes <= maxBytes ? bytes : "too-large");
      }),
      { numRuns: runs(200) },
    );
  });

  it("is counted and inflated alike, whatever the bytes are", async () => {
    const cut = fc.tuple(fc.uint8Array({ maxLength: 2_000 }), fc.nat(2_000));
    await fc.assert(
      fc.asyncProperty(cut, async ([bytes, at]) => {
        const some = Buffer.concat([gzipSync(bytes).subarray(0, at), bytes]);
        const inflated = gunzip(some, 10_000);
        const expected = inflated.kind === "inflated" ? inflated.bytes.byteLength : inflated.kind;
        expect(await countInflated(some, 10_000)).toBe(expected);
      }),
      { numRuns: runs(500) },
    );
  });
});
