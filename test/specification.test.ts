import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import type { HttpEndpointError } from "../lib/firehose/attempt.ts";
import { specification } from "./specification.ts";
import type { Row } from "./specification/section.ts";

/** Whether a test file has that title, as that of a suite, of a test or of a row of a table. */
function hasTitle(code: string, title: string): boolean {
  const literal = JSON.stringify(title).replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`(?:\\b(?:it|describe)|\\))\\(\\s*${literal}|(?:\\[|\\n)\\s*${literal}\\s*,`).test(code);
}

/** What is not true of a row; undefined if it holds. */
function problemOf({ proof: [file, ...titles] }: Row): string | undefined {
  const path = join(import.meta.dirname, file);
  if (!existsSync(path)) return `${file} is not there`;
  const code = readFileSync(path, "utf8");
  const isFound = titles.every((title) => hasTitle(code, title));
  return isFound && titles.length > 0 ? undefined : `${file} has no test ${titles.join(" > ")}`;
}

describe("the specification", () => {
  it.each(specification)("has a test for every rule of: $title", ({ rows }) => {
    expect(rows.length).toBeGreaterThan(5);
    expect(rows.map(problemOf).filter((problem) => problem !== undefined)).toEqual([]);
  });

  it("has every rule once", () => {
    for (const { rows } of specification) {
      const rules = rows.map(({ rule }) => rule);
      expect(rules).toEqual([...new Set(rules)]);
    }
  });

  it("names every error code that an attempt can have", () => {
    const named = specification.flatMap(({ rows }) => rows.map(({ rule }) => `HttpEndpoint.${rule}`));
    expect(named).toEqual(expect.arrayContaining(Object.keys(errorCodes)));
  });

  it("has a rule for every status that the README promises", () => {
    const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
    const promised = [...readme.matchAll(/^\| .*\| ([45]\d\d(?:, [45]\d\d)*|200) +\|$/gm)].flatMap(
      ([, statuses]) => statuses?.split(", "),
    );
    const rules = specification.flatMap(({ rows }) => rows.map(({ rule }) => rule));
    expect(promised.length).toBeGreaterThan(6);
    for (const status of promised) expect(rules.some((rule) => rule.startsWith(`${status} `))).toBe(true);
  });

  it("is not true of a test that is not there", () => {
    expect(problemOf({ rule: "", proof: ["nowhere.test.ts", "a"] })).toBe("nowhere.test.ts is not there");
    expect(problemOf({ rule: "", proof: ["layout.test.ts", "does what nobody tests"] })).toMatch(
      /has no test/,
    );
    expect(problemOf({ rule: "", proof: ["layout.test.ts"] })).toMatch(/has no test/);
  });
});

/** The compiler sees to it that none is left out. */
const errorCodes: Readonly<Record<HttpEndpointError, true>> = {
  "HttpEndpoint.RequestTimeout": true,
  "HttpEndpoint.ResponseTooLarge": true,
  "HttpEndpoint.InvalidResponseFromDestination": true,
  "HttpEndpoint.DestinationException": true,
  "HttpEndpoint.ConnectionFailed": true,
  "HttpEndpoint.ConnectionReset": true,
  "HttpEndpoint.ResponseReasonPhraseExceededLimit": true,
  "HttpEndpoint.InvalidStatusCode": true,
  "HttpEndpoint.SSLHandshakeFailure": true,
  "HttpEndpoint.SSLHandshakeCertificatePathFailure": true,
  "HttpEndpoint.SSLHandshakeCertificatePathValidationFailure": true,
  "HttpEndpoint.MakeRequestFailure.IllegalUriException": true,
  "HttpEndpoint.MakeRequestFailure.IllegalCharacterInHeaderValue": true,
  "HttpEndpoint.IllegalResponseFailure": true,
  "HttpEndpoint.IllegalMessageStart": true,
};
