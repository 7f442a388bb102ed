import { describe, expect, it } from "vitest";

import { isNobodyListening, isPermanent, reasonOf } from "../../../lib/firehose/put-errors.ts";

const failure = (facts: object): Error => Object.assign(new Error("No."), facts);
const answered = (httpStatusCode: number, name = "Some"): Error =>
  failure({ name, $metadata: { httpStatusCode } });

describe("isPermanent", () => {
  it.each([
    answered(500),
    answered(503),
    answered(408),
    answered(429),
    answered(200, "SyntaxError"),
    answered(400, "ThrottlingException"),
    answered(400, "KMSThrottlingException"),
    answered(400, "LimitExceededException"),
    failure({ name: "TimeoutError" }),
    ...["ECONNRESET", "ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EPIPE"].map((code) => failure({ code })),
  ])("is false where another try can help: %o", (error) => {
    expect(isPermanent(error)).toBe(false);
  });

  it.each([
    answered(400, "InvalidArgumentException"),
    answered(400, "ResourceNotFoundException"),
    answered(403, "AccessDeniedException"),
    answered(404),
    failure({ name: "CredentialsProviderError" }),
    failure({ code: "ERR_INVALID_URL" }),
    new Error("Region is missing"),
    "no error at all",
  ])("is true where none can: %o", (error) => {
    expect(isPermanent(error)).toBe(true);
  });
});

describe("reasonOf", () => {
  it.each([
    [answered(400, "InvalidArgumentException"), "InvalidArgumentException: No."],
    [failure({ code: "ECONNRESET", message: "read ECONNRESET" }), "ECONNRESET: read ECONNRESET"],
    [new AggregateError([], ""), "AggregateError"],
    [failure({ name: "X", message: "one\ntwo" }), "X: one"],
    ["text", "Error: text"],
  ])("says %o in one line", (error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });
});

describe("isNobodyListening", () => {
  it("is true of a refused connection alone", () => {
    expect(isNobodyListening(failure({ code: "ECONNREFUSED" }))).toBe(true);
    expect(isNobodyListening(failure({ code: "ECONNRESET" }))).toBe(false);
  });
});
