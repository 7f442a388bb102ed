import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Endpoint } from "../../../lib/firehose/endpoint.ts";
import { reply } from "../../../lib/firehose/refusal.ts";
import { toLambda } from "../../../lib/http/lambda.ts";
import type { LambdaResult } from "../../../lib/http/lambda.ts";
import { HandClock } from "../../support/clock.ts";
import { anyEvent } from "../../support/lambda-arbitraries.ts";
import { contextWith, expectContract } from "../../support/lambda-contract.ts";
import { delivery, lambdaEvents } from "../../support/lambda-events.ts";
import { runs } from "../../support/runs.ts";

interface Seen {
  readonly request: Request;
  readonly body: Buffer;
  readonly deadlineMs: number;
}

interface Answered {
  readonly result: LambdaResult;
  readonly seen: Seen;
  readonly errors: readonly unknown[];
}

const clock = new HandClock(1_790_000_000_999);

/** What becomes of an event before an endpoint that answers every request with 200. */
async function answer(event: unknown, leftMs = 300_000): Promise<Answered> {
  const seen: Seen[] = [];
  const errors: unknown[] = [];
  const endpoint: Endpoint = async (request, deadlineMs) => {
    const body = Buffer.from(await request.arrayBuffer());
    seen.push({ request, body, deadlineMs });
    return reply(request.headers.get("x-amz-firehose-request-id") ?? "", clock.nowMs());
  };
  const handler = toLambda({ endpoint, clock, reportError: (error) => void errors.push(error) });
  const result = await handler(event, contextWith(leftMs));
  const [only] = seen;
  if (only === undefined) throw new Error("The endpoint was not asked", { cause: errors[0] });
  return { result, seen: only, errors };
}

const events = [...lambdaEvents()].map(([name, text]) => ({ name, event: JSON.parse(text) as object }));
const eventOf = (name: string): object => events.find((each) => each.name === name)?.event ?? {};
const functionUrl = eventOf("function-url.plain.json");

const body = `{"requestId":"${delivery.requestId}","timestamp":1790000000999}`;
const headers = { "content-type": "application/json", "content-length": "78" };
const multiValueHeaders = { "content-type": ["application/json"], "content-length": ["78"] };
const results: Readonly<Record<string, object>> = {
  "function-url": { statusCode: 200, headers, body, isBase64Encoded: false },
  "http-api-v2": { statusCode: 200, headers, body, isBase64Encoded: false },
  "http-api-v1": { statusCode: 200, headers, body, isBase64Encoded: false },
  alb: { statusCode: 200, statusDescription: "200 OK", headers, body, isBase64Encoded: false },
  "alb-multi-value": {
    statusCode: 200,
    statusDescription: "200 OK",
    multiValueHeaders,
    body,
    isBase64Encoded: false,
  },
};

describe("the endpoint behind a Lambda front end", () => {
  it.each(events)("answers $name, byte for byte, as Firehose accepts it", async ({ name, event }) => {
    const { result, errors } = await answer(event);
    expect(result).toStrictEqual(results[name.split(".")[0] ?? ""]);
    expectContract(result);
    expect(errors).toEqual([]);
  });

  it.each(events)("hands on path, headers and body of $name", async ({ name, event }) => {
    const { seen } = await answer(event);
    expect(seen.request.method).toBe("POST");
    expect(new URL(seen.request.url).pathname).toBe("/mackerel");
    expect(seen.request.headers.get("x-amz-firehose-access-key")).toBe(delivery.accessKey);
    expect(seen.request.headers.get("content-encoding")).toBe(name.includes(".gzip") ? "gzip" : null);
    const text = name.includes(".gzip") ? gunzipSync(seen.body) : seen.body;
    expect(JSON.parse(text.toString())).toMatchObject({ requestId: delivery.requestId });
  });

  it.each([
    ["function-url.plain.json", 300_000, 150_000],
    ["function-url.plain.json", 60_000, 58_000],
    ["function-url.plain.json", 100, 500],
    ["http-api-v1.plain.json", 300_000, 25_000],
    ["http-api-v2.plain.json", 300_000, 25_000],
    ["http-api-v2.plain.json", 10_000, 8_000],
    ["alb.plain.json", 300_000, 55_000],
    ["alb-multi-value.plain.json", 300_000, 55_000],
    ["none", 300_000, 25_000],
  ])("gives %s, with %i ms left, a deadline of %i ms", async (name, leftMs, deadlineMs) => {
    expect((await answer(eventOf(name), leftMs)).seen.deadlineMs).toBe(deadlineMs);
  });
});

const withHeader = (name: string, value: unknown): object => ({
  ...functionUrl,
  headers: { [name]: value },
});

it("tells the length of a body in bytes where the endpoint does not", async () => {
  const handler = toLambda({
    endpoint: async () => Response.json("決済"),
    clock,
    reportError: () => undefined,
  });
  const { headers: told } = await handler(functionUrl, contextWith(1));
  expect(told).toEqual({ "content-type": "application/json", "content-length": "8" });
});

describe("an odd event", () => {
  it("hands on a header's Japanese text as the bytes Node's server would see", async () => {
    const { seen, result } = await answer(withHeader("x-team", "決済"));
    expect(Buffer.from(seen.request.headers.get("x-team") ?? "", "latin1").toString()).toBe("決済");
    expectContract(result);
  });

  it.each([
    ["x-team", "a\r\nb"],
    ["x-team", "\0"],
    ["x-team", 1],
    ["x-team", null],
    ["not a name", "a"],
    ["", "a"],
  ])("loses a header that HTTP could not carry: %j: %j", async (name, value) => {
    const { seen, result } = await answer(withHeader(name, value));
    expect([...seen.request.headers.keys()]).toEqual([]);
    expectContract(result);
  });

  it.each(["GET", "HEAD", "TRACE", "CONNECT", "TRACK", "post", "PO ST", "", null, 7])(
    "with a body and the method %j is never taken for a POST",
    async (method) => {
      const requestContext = { domainName: "x.lambda-url.y", http: { method } };
      const { seen, result } = await answer({ ...functionUrl, requestContext });
      expect(seen.request.method).not.toBe("POST");
      expect(seen.body).toHaveLength(0);
      expectContract(result);
    },
  );

  it.each(["//elsewhere.example/mackerel", "", "%", "/a b?c#d", "\\\\x", "/日本", "\ud800", null, {}])(
    "with the path %j stays on the endpoint",
    async (rawPath) => {
      const { seen, result } = await answer({ ...functionUrl, rawPath });
      expect(new URL(seen.request.url)).toMatchObject({ host: "endpoint.invalid", search: "", hash: "" });
      expect(new URL(seen.request.url).pathname).not.toBe("/mackerel");
      expectContract(result);
    },
  );

  it.each([
    ["an object", { body: {} }, ""],
    ["none", { body: null }, ""],
    ["base64 only where the flag says so", { body: "aGk=", isBase64Encoded: "true" }, "aGk="],
    ["base64", { body: "aGk=", isBase64Encoded: true }, "hi"],
    ["text beyond ASCII", { body: "日本" }, "日本"],
  ])("with a body that is %s is read without a throw", async (_, members, text) => {
    expect((await answer({ ...functionUrl, ...members })).seen.body.toString()).toBe(text);
  });

  it.each([[null], [undefined], [{}], [[]], ["text"], [7]])(
    "such as %j gets a contract reply",
    async (event) => {
      const { result, seen } = await answer(event);
      expectContract(result);
      expect(seen.request.method).toBe("OPTIONS");
    },
  );

  it("gets a contract reply, whatever it is", async () => {
    const property = fc.asyncProperty(anyEvent, async (event) => {
      const { result, errors } = await answer(event);
      expectContract(result);
      expect(errors).toEqual([]);
    });
    await fc.assert(property, { numRuns: runs(1_000) });
  });
});

describe("the last resort", () => {
  const broken: [string, Endpoint][] = [
    ["an endpoint that rejects", () => Promise.reject(new Error("secret"))],
    [
      "a reply that breaks off",
      () =>
        Promise.resolve(
          new Response(new ReadableStream({ pull: () => Promise.reject(new Error("secret")) })),
        ),
    ],
  ];

  it.each(broken)("answers %s with a contract 500 and reports the error", async (_, endpoint) => {
    const errors: unknown[] = [];
    const handler = toLambda({ endpoint, clock, reportError: (error) => void errors.push(error) });
    for (const { event } of events) {
      const result = await handler(event, contextWith(300_000));
      expectContract(result);
      expect(result.statusCode).toBe(500);
      expect(result.body).toContain(`"requestId":"${delivery.requestId}"`);
      expect(result.body).not.toContain("secret");
    }
    expect(errors).toHaveLength(events.length);
  });
});
