import { describe, expect, it } from "vitest";

import {
  readAttribute,
  readSeconds,
  readStreamKey,
  readStreamUrl,
  readTag,
  readTimeMs,
  readValue,
} from "../../../infra/local/arguments.ts";
import { toStreams } from "../../../infra/local/up-arguments.ts";

describe("arguments", () => {
  it.each([
    ["1700000000", 1_700_000_000_000],
    ["1700000000.5", 1_700_000_000_500],
    ["1700000000500", 1_700_000_000_500],
    ["2023-11-14T22:13:20Z", 1_700_000_000_000],
    ["2023-11-15T07:13:20.250+09:00", 1_700_000_000_250],
    ["2023-11-14", Date.UTC(2023, 10, 14)],
  ])("reads %s as a time", (text, timestampMs) => {
    expect(readTimeMs(text)).toBe(timestampMs);
  });

  it.each(["", "now", "-5", "May 5", "2023-13-01", "2023-11-14 22:13", "1e99"])(
    "refuses %j as a time",
    (text) => {
      expect(() => readTimeMs(text)).toThrow("epoch seconds");
    },
  );

  it.each([
    ["-1", -1],
    ["+2.5e3", 2500],
    [".5", 0.5],
  ])("reads %s as a value", (text, value) => {
    expect(readValue(text)).toBe(value);
  });

  it.each(["", " ", "NaN", "Infinity", "1e999", "0x10", "1,5"])("refuses %j as a value", (text) => {
    expect(() => readValue(text)).toThrow("finite number");
  });

  it.each(["", "k", ":v", "k:"])("refuses %j as a tag", (text) => {
    expect(() => readTag(text, [])).toThrow("KEY:VALUE");
  });

  it("keeps all that stands after a tag's first colon, and earlier tags", () => {
    expect(readTag("url:http://x", ["a:b"])).toEqual(["a:b", "url:http://x"]);
  });

  it.each(["0", "-1", "1.5", "x", ""])("refuses %j as seconds", (text) => {
    expect(() => readSeconds(text)).toThrow("whole number");
  });

  it.each(["x", "x=", "x=ftp://h", "a b=http://h", "=http://h"])("refuses %j as NAME=URL", (text) => {
    expect(() => readStreamUrl(text, [])).toThrow(/must be/);
  });

  it("refuses a second URL for a stream", () => {
    const first = readStreamUrl("x=http://h/a?b=c", []);
    expect(first).toEqual([{ stream: "x", url: "http://h/a?b=c" }]);
    expect(() => readStreamUrl("x=http://h", first)).toThrow("two URLs");
  });

  it("refuses a bad access key without showing it", () => {
    expect(() => readStreamKey("x=a secret", [])).toThrow(/^((?!secret).)*$/);
    expect(() => readStreamKey("secret", [])).toThrow(/^((?!secret).)*$/);
  });

  it.each(["x", "x:k", "x:=v", `x:k=${"v".repeat(1025)}`])("refuses the attribute %j", (text) => {
    expect(() => readAttribute(text, [])).toThrow("NAME:KEY=VALUE");
  });

  it("gives each stream its own key and attributes", () => {
    const streams = toStreams({
      stream: readStreamUrl("b=http://b", readStreamUrl("a=http://a", [])),
      accessKey: readStreamKey("a=k=1", []),
      attribute: readAttribute("a:tags=x:y,z:w", readAttribute("a:service=s", [])),
    });
    expect(streams).toEqual([
      { name: "a", url: "http://a", accessKey: "k=1", attributes: { service: "s", tags: "x:y,z:w" } },
      { name: "b", url: "http://b", attributes: {} },
    ]);
  });

  it("refuses a key for a stream that is not given", () => {
    expect(() => toStreams({ stream: [], accessKey: readStreamKey("a=k", []), attribute: [] })).toThrow(
      "there is no --stream a=URL",
    );
  });
});
