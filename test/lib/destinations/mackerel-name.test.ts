import { createHash } from "node:crypto";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { mackerelName } from "../../../lib/destinations/mackerel-name.ts";
import { pointOf } from "../../support/points.ts";
import { runs } from "../../support/runs.ts";

const nameOf = (name: string, ...tags: string[]): string | undefined => mackerelName(pointOf({ name, tags }));
const hash = (value: string): string => createHash("sha256").update(value).digest("hex").slice(0, 6);

describe("a point's name at Mackerel", () => {
  it.each([
    ["is its own without tags", [], "open"],
    ["ends in the tag's value", ["label:bug"], "open.bug"],
    ["has the values in the order of the tags", ["b:2", "a:1"], "open.2.1"],
    ["has every value of a key that repeats", ["label:bug", "label:api"], "open.bug.api"],
    ["has a dash for a slash", ["repository:acme/web"], "open.acme-web"],
    ["has underscores for spaces and dots", ["label:good first issue", "v:1.2"], "open.good_first_issue.1_2"],
    ["has the whole of a tag without a key", ["beta"], "open.beta"],
    ["has letters, digits, _ and - as they are", ["k:Aa09_-"], "open.Aa09_-"],
  ])("%s", (_, tags, name) => {
    expect(nameOf("open", ...tags)).toBe(name);
  });

  it.each([
    ["a colon within the value", "url:a:b", "a_b", "a:b"],
    ["characters outside ASCII", "author:山田", "__", "山田"],
    ["a character of two code units as one", "mood:💥!", "__", "💥!"],
    ["an exotic character beside a slash", "path:a/é", "a-_", "a/é"],
    ["a value that is empty", "label:", "_", ""],
  ])("has `_` and a hash for %s", (_, tag, plain, value) => {
    expect(nameOf("open", tag)).toBe(`open.${plain}-${hash(value)}`);
  });

  it("hashes by SHA-256, so that names stay the same for ever", () => {
    expect(nameOf("open", "label:")).toBe("open._-e3b0c4");
  });

  it.each(["", "a b", "é", "a/b", "a\n"])("is none where the name itself is %j", (name) => {
    expect(nameOf(name, "label:bug")).toBeUndefined();
  });
});

/** The documented part of the rule by which values may meet. */
const fold = (value: string): string => value.replaceAll("/", "-").replaceAll(/[ .]/g, "_");

const tags = fc.array(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 6 }),
    fc.string({ unit: fc.constantFrom("a", "b", "/", "-", "_", ".", " ", ":", "é"), maxLength: 4 }),
  ),
  { maxLength: 3 },
);

describe("whatever the tags, the name at Mackerel", () => {
  it("is one that Mackerel takes", () => {
    fc.assert(
      fc.property(tags, (values) => {
        expect(nameOf("n", ...values)).toMatch(/^[a-zA-Z0-9._-]+$/);
      }),
      { numRuns: runs(5_000) },
    );
  });

  it("differs between tags that differ in more than a slash, a space or a dot", () => {
    fc.assert(
      fc.property(tags, tags, (some, others) => {
        fc.pre(JSON.stringify(some.map(fold)) !== JSON.stringify(others.map(fold)));
        const [one, other] = [some, others].map((values) =>
          nameOf("n", ...values.map((value) => `k:${value}`)),
        );
        expect(one).not.toBe(other);
      }),
      { numRuns: runs(5_000) },
    );
  });

  it("has no hash where no character had to go", () => {
    const value = fc.string({
      unit: fc.constantFrom("a", "Z", "0", "/", "-", "_", ".", " "),
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(value, (text) => {
        expect(nameOf("n", `k:${text}`)).toBe(`n.${fold(text)}`);
      }),
      { numRuns: runs(1_000) },
    );
  });
});
