import type { Context } from "aws-lambda";
import { expect } from "vitest";
import type { LambdaResult } from "../../lib/http/lambda.ts";
import { checkOf } from "./schemas/check.ts";
import { deliveryResponse } from "./schemas/firehose.ts";

const check = checkOf(deliveryResponse);

/** Fails unless any front end makes an answer of it that Firehose can read. */
export function expectContract(result: LambdaResult): void {
  const { statusCode, body, headers, multiValueHeaders, statusDescription = "", isBase64Encoded } = result;
  expect(statusCode).toBeGreaterThanOrEqual(200);
  expect(statusCode).toBeLessThan(600);
  expect(statusCode).not.toBe(413);
  expect(statusDescription.length).toBeLessThanOrEqual(64);
  expect(isBase64Encoded).toBe(false);
  const expected = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
  if (multiValueHeaders === undefined) expect(headers).toEqual(expected);
  else
    expect(multiValueHeaders).toEqual({
      "content-type": ["application/json"],
      "content-length": [expected["content-length"]],
    });
  expect(check(JSON.parse(body))).toBeUndefined();
}

/** The context of an invocation that has `leftMs` to go. */
export function contextWith(leftMs: number): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: "hydrant-endpoint",
    functionVersion: "1",
    invokedFunctionArn: "arn:aws:lambda:eu-west-1:210987654321:function:hydrant-endpoint",
    memoryLimitInMB: "512",
    awsRequestId: "d2c7f4b8-6a1e-4f0d-8c35-91e6b0a7d4f2",
    logGroupName: "/aws/lambda/hydrant-endpoint",
    logStreamName: "1",
    getRemainingTimeInMillis: () => leftMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
