import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  attemptBody,
  attemptHeaders,
  judgeAnswer,
  retryDelayMs,
  type Answer,
} from "../../../lib/firehose/attempt.ts";
import { runs } from "../../support/runs.ts";

const requestId = "ed4acda5-034f-9f42-bba1-f29aea6d7d8f";
const attempt = { requestId, timestampMs: 1_578_090_901_599, stream: "web", attributes: {} };

describe("attemptHeaders", () => {
  it("has Firehose's names in Firehose's case, and nothing that is not configured", () => {
    expect(attemptHeaders(attempt, 12)).toEqual({
      "X-Amz-Firehose-Protocol-Version": "1.0",
      "X-Amz-Firehose-Request-Id": requestId,
      "X-Amz-Firehose-Source-Arn": "arn:aws:firehose:us-east-1:000000000000:deliverystream/web",
      "Content-Type": "application/json",
      "Content-Length": "12",
      "User-Agent": "Amazon Kinesis Data Firehose Agent/1.0",
    });
  });

  it("carries the access key as it is, and common attributes in ASCII", () => {
    const headers = attemptHeaders(
      { ...attempt, accessKey: '{"a": 1}', attributes: { team: "日本", "": "" } },
      0,
    );
    expect(headers["X-Amz-Firehose-Access-Key"]).toBe('{"a": 1}');
    const json = headers["X-Amz-Firehose-Common-Attributes"] ?? "";
    expect(json).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(json)).toEqual({ commonAttributes: { team: "日本", "": "" } });
  });
});

describe("attemptBody", () => {
  it("holds any records in order, empty ones too", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), (records) => {
        const body = JSON.parse(attemptBody(attempt, records).toString("utf8")) as { records: object[] };
        expect(body).toEqual({
          requestId,
          timestamp: 1_578_090_901_599,
          records: records.map((bytes) => ({ data: Buffer.from(bytes).toString("base64") })),
        });
      }),
    );
  });
});

describe("retryDelayMs", () => {
  it("doubles from one second, within 15 %, up to two minutes", () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5_000 }), random, (failures, at) => {
        const plainMs = 1000 * 2 ** (failures - 1);
        const delayMs = retryDelayMs(failures, at);
        expect(delayMs).toBeGreaterThanOrEqual(Math.min(120_000, plainMs * 0.85));
        expect(delayMs).toBeLessThanOrEqual(Math.min(120_000, plainMs * 1.15));
      }),
    );
    expect([1, 2, 3, 9].map((failures) => retryDelayMs(failures, 0.5))).toEqual([1000, 2000, 4000, 120_000]);
  });
});

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const good = { requestId, timestamp: 1_578_090_903_599 };
const headersOf = (body: Uint8Array): string[] => [
  "content-type",
  "application/json",
  "CONTENT-LENGTH",
  String(body.length),
];

function answerOf(body: Uint8Array, more: Partial<Answer> = {}): Answer {
  return { status: 200, reasonPhrase: "OK", rawHeaders: headersOf(body), body, ...more };
}

describe("judgeAnswer", () => {
  it.each([
    ["the contract's answer", answerOf(json(good))],
    ["an error message of 8192 characters", answerOf(json({ ...good, errorMessage: "x".repeat(8192) }))],
    ["a reason phrase of 64 characters", answerOf(json(good), { reasonPhrase: "x".repeat(64) })],
    ["a body of 1 MiB", answerOf(Buffer.from(JSON.stringify(good).padEnd(1_048_576)))],
  ])("takes %s", (_, answer) => {
    expect(judgeAnswer(answer, requestId)).toEqual({ kind: "delivered" });
  });

  const invalid = "InvalidResponseFromDestination";
  const bare = json(good);
  it.each<[string, string, Answer, RegExp]>([
    ["201", "DestinationException", answerOf(bare, { status: 201 }), / 201: /],
    [
      "a 503",
      "DestinationException",
      answerOf(Buffer.from("down\n\u001b[2J"), { status: 503 }),
      / 503: down \[2J$/,
    ],
    ["a 301", "InvalidStatusCode", answerOf(bare, { status: 301 }), /301/],
    ["a 600", "InvalidStatusCode", answerOf(bare, { status: 600 }), /600/],
    ["a 100", "InvalidStatusCode", answerOf(bare, { status: 100 }), /100/],
    [
      "a long reason",
      "ResponseReasonPhraseExceededLimit",
      answerOf(bare, { reasonPhrase: "x".repeat(65) }),
      /64/,
    ],
    [
      "two content types",
      "IllegalResponseFailure",
      answerOf(bare, { rawHeaders: [...headersOf(bare), "Content-Type", "application/json"] }),
      /more than one/,
    ],
    ["over 1 MiB", "ResponseTooLarge", answerOf(Buffer.alloc(1_048_577)), /1 MiB/],
    ["no content type", invalid, answerOf(bare, { rawHeaders: ["content-length", "1"] }), /missing/],
    [
      "another content type",
      invalid,
      answerOf(bare, { rawHeaders: ["content-type", "text/plain", "content-length", "1"] }),
      /text\/plain/,
    ],
    [
      "a charset",
      invalid,
      answerOf(bare, {
        rawHeaders: ["content-type", "application/json; charset=utf-8", "content-length", "1"],
      }),
      /charset/,
    ],
    [
      "a content encoding",
      invalid,
      answerOf(bare, { rawHeaders: [...headersOf(bare), "Content-Encoding", "identity"] }),
      /Content-Encoding/,
    ],
    [
      "no length",
      invalid,
      answerOf(bare, { rawHeaders: ["content-type", "application/json"] }),
      /Content-Length/,
    ],
    ["no body", invalid, answerOf(Buffer.alloc(0)), /not a JSON object/],
    ["no JSON", invalid, answerOf(Buffer.from("ok")), /not a JSON object.*200 ok$/],
    ["a list", invalid, answerOf(json([good])), /not a JSON object/],
    ["null", invalid, answerOf(json(null)), /not a JSON object/],
    ["an unexpected field", invalid, answerOf(json({ ...good, status: "ok" })), /unexpected field status/],
    ["no request id", invalid, answerOf(json({ timestamp: 1 })), /requestId is missing/],
    ["another request id", invalid, answerOf(json({ ...good, requestId: "x" })), /does not match/],
    ["a request id of null", invalid, answerOf(json({ ...good, requestId: null })), /does not match/],
    ["no timestamp", invalid, answerOf(json({ requestId })), /timestamp/],
    ["a timestamp as text", invalid, answerOf(json({ requestId, timestamp: "1578090903599" })), /timestamp/],
    ["a message of 8193", invalid, answerOf(json({ ...good, errorMessage: "x".repeat(8193) })), /8192/],
    ["a message that is none", invalid, answerOf(json({ ...good, errorMessage: 1 })), /string/],
  ])("tries again after %s", (_, code, answer, message) => {
    const outcome = judgeAnswer(answer, requestId);
    expect(outcome).toMatchObject({ kind: "failed", errorCode: `HttpEndpoint.${code}` });
    expect(outcome).toHaveProperty("errorMessage", expect.stringMatching(message));
  });

  it("takes a 413 as permanent, whatever its body", () => {
    for (const body of [json(good), Buffer.from("<html>"), Buffer.alloc(0)]) {
      expect(judgeAnswer(answerOf(body, { status: 413, rawHeaders: [] }), requestId)).toMatchObject({
        kind: "permanent",
        errorCode: "HttpEndpoint.DestinationException",
      });
    }
  });

  it("has an outcome for any answer, with a message that fits an error record a thousand times", () => {
    const rawHeaders = fc
      .array(
        fc.tuple(
          fc.constantFrom("content-type", "Content-Length", "content-encoding", "x"),
          fc.string({ unit: "binary" }),
        ),
      )
      .map((pairs) => pairs.flat());
    const body = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
      fc.constant(bare),
    );
    const answer = fc.record({
      status: fc.integer({ min: 0, max: 999 }),
      reasonPhrase: fc.string(),
      rawHeaders,
      body,
    });
    fc.assert(
      fc.property(answer, (any) => {
        const outcome = judgeAnswer(any, requestId);
        const message = outcome.kind === "delivered" ? "" : outcome.errorMessage;
        expect(message.length).toBeLessThan(2_500);
        expect(message).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: runs(10_000) },
    );
  });

  it("takes only the contract's answer, however little another one differs", () => {
    const change = fc.tuple(fc.nat({ max: bare.length - 1 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(change, ([at, byte]) => {
        const body = Buffer.from(bare);
        body[at] = byte;
        const isSame = judgeAnswer(answerOf(body), requestId).kind === "delivered";
        const { requestId: echoed, timestamp } = parse(body);
        expect(isSame).toBe(echoed === requestId && Number.isInteger(timestamp));
      }),
      { numRuns: runs(2_000) },
    );
  });
});

function parse(body: Buffer): { requestId?: unknown; timestamp?: unknown } {
  try {
    return JSON.parse(body.toString("utf8")) as object;
  } catch {
    return {};
  }
}
