import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";

import { decodeRecord } from "../../../lib/formats/decode-record.ts";
import { recognise } from "../../../lib/formats/index.ts";

describe("a format is told by the first line that says anything:", () => {
  it.each([
    ['{"series":[]}', "datadog"],
    ['\n { "series" : []}', "datadog"],
    ['{"name":"a"}', "hydrant"],
    ['{\n  "name":"a"\n}', "hydrant"],
    ["{\r\n}", "hydrant"],
    ['[{"name":"a"}]', "hydrant"],
    ["[\n{", "hydrant"],
    ["a 1 1700000000", "mackerel"],
    ["a\t1\t1700000000", "mackerel"],
    ["[info] plugin started\na 1 1700000000", "mackerel"],
    ["{broken\na 1 1700000000", "mackerel"],
    ['{broken\n{"name":"a"}', "hydrant"],
    ['warming up\n{"series":[]}', "datadog"],
    ["{broken", "hydrant"],
    ["[1, 2]", "hydrant"],
    ["nonsense", "mackerel"],
    ["", "mackerel"],
  ])("%j is %s", (text, format) => {
    expect(recognise(text).name).toBe(format);
  });
});

const good = '{"name":"g","value":1,"time":1700000000}';

describe("beside JSON objects", () => {
  it.each([
    ["a line with commas", `${good}\nname,1,2\n${good}`, ["name,1,2"]],
    [
      "a line with brackets and braces",
      `${good}\nhello, world [x] {foo}\n${good}`,
      ["hello, world [x] {foo}"],
    ],
    ["a line that starts with a bracket", `${good}\n[plugin] warming up\n${good}`, ["[plugin] warming up"]],
    ["what stands before an object", `${good} stray, text ${good}`, ["stray, text"]],
    ["elements of an array", `[${good}, "x, y", -1.5e3, null, ${good}]`, ['"x, y"', "-1.5e3", "null"]],
    ["elements over lines", `[\n  ${good},\n  "x, y",\n  ${good}\n]`, ['"x, y",']],
  ])("%s is kept as it came in", (_, record, raws) => {
    const { points, rejected } = decodeRecord(Buffer.from(record));
    expect(points).toHaveLength(2);
    expect(rejected.map(({ raw }) => raw)).toEqual(raws);
  });
});

it("an element of megabytes is kept alone, by no pattern that could run out of stack", () => {
  const long = `"${"\\n".repeat(4_000_000)}"`;
  const { points, rejected } = decodeRecord(gzipSync(`[${good}, ${long}, ${good}]`));
  expect([points.length, rejected.map(({ raw }) => raw.length)]).toEqual([2, [long.length]]);
});

describe("the members of a point", () => {
  it.each([
    [1_700_000_000.9996, 1_700_000_000_999],
    [1_700_000_000.123, 1_700_000_000_123],
    [1_700_000_000_999.9, 1_700_000_000_999],
  ])("have %d for a time that is never later than it was", (time, timestampMs) => {
    const { points } = decodeRecord(Buffer.from(JSON.stringify({ name: "a", value: 1, time })));
    expect(points).toMatchObject([{ timestampMs }]);
  });

  it("that are optional may be empty", () => {
    const empty = { unit: "", service: "", host: "", tags: [], interval: null };
    const record = JSON.stringify({ name: "a", value: 1, time: 1_700_000_000, ...empty });
    const absent = { unit: undefined, service: undefined, host: undefined, intervalSeconds: undefined };
    expect(decodeRecord(Buffer.from(record))).toMatchObject({ points: [absent], rejected: [] });
  });
});
