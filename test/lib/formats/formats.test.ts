import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decodeRecord } from "../../../lib/formats/decode-record.ts";
import type { Decoded, Rejected } from "../../../lib/formats/format.ts";
import { formats } from "../../../lib/formats/index.ts";
import { casesFolder, listCases } from "../../support/cases.ts";
import { runs } from "../../support/runs.ts";

const raw = ({ raw: held }: Rejected): string =>
  typeof held === "string" ? held : `bytes ${Buffer.from(held).toString("hex")}`;

/** Everything of a decoded record that can be written down; a shared source as what it writes for its one point. */
function written({ points, rejected }: Decoded): unknown {
  return {
    points: points.map((point) => ({
      ...point,
      source: typeof point.source === "function" ? point.source([point]) : point.source,
    })),
    rejected: rejected.map((each) => ({ ...each, raw: raw(each) })),
  };
}

it("every format has its folder of cases, and every folder its format", () => {
  expect(listCases("formats")).toEqual([...formats.keys()].toSorted());
});

describe.each(listCases("formats"))("the format %s", (format) => {
  const names = listCases("formats", format);

  it("has the cases that every format must have", () => {
    expect(names).toEqual(
      expect.arrayContaining([
        "single_record",
        "multiple_records",
        "some_invalid_records",
        "invalid_records",
      ]),
    );
  });

  it.each(names)("decodes %s, told by its content, into the points and rejections beside it", (name) => {
    const folder = join(casesFolder, "formats", format, name);
    const decoded = written(decodeRecord(readFileSync(join(folder, "record"))));
    const expected = join(folder, "expected.json");
    if (process.env["UPDATE_CASES"] === "1")
      writeFileSync(expected, `${JSON.stringify(decoded, undefined, 2)}\n`);
    expect(JSON.parse(JSON.stringify(decoded))).toEqual(JSON.parse(readFileSync(expected, "utf8")));
  });

  it.each(names)("decodes %s to the same when the format is named", (name) => {
    const record = readFileSync(join(casesFolder, "formats", format, name, "record"));
    expect(written(decodeRecord(record, formats.get(format)))).toEqual(written(decodeRecord(record)));
  });

  it("reads what a point came from as that point again", () => {
    for (const name of names) {
      const record = readFileSync(join(casesFolder, "formats", format, name, "record"));
      for (const point of decodeRecord(record).points) {
        const source = typeof point.source === "function" ? point.source([point]) : (point.source ?? "");
        const again = decodeRecord(Buffer.from(source), formats.get(format));
        expect(again.rejected).toEqual([]);
        expect(again.points).toMatchObject([{ ...point, source: expect.anything() as unknown }]);
      }
    }
  });

  it("answers any bytes without throwing", () => {
    const likeJson = fc.json().map((text) => Buffer.from(text));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), likeJson), (bytes) => {
        const { points, rejected } = decodeRecord(bytes, formats.get(format));
        for (const point of points) expect(Number.isFinite(point.value)).toBe(true);
        for (const { count } of rejected) expect(count).toBeGreaterThan(0);
      }),
      { numRuns: runs(10_000) },
    );
  });
});
