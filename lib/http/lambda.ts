import { STATUS_CODES } from "node:http";
import type { ALBResult, APIGatewayProxyResult, Context } from "aws-lambda";
import type { Clock } from "../clock.ts";
import type { Endpoint } from "../firehose/endpoint.ts";
import { reply } from "../firehose/refusal.ts";
import { deadlineMsOf, frontEndOf, requestOf } from "./lambda-event.ts";
import type { FrontEnd } from "./lambda-event.ts";

/** What every front end takes for an HTTP response; a load balancer wants more of it. */
export type LambdaResult = APIGatewayProxyResult & ALBResult;

export interface LambdaParts {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  /** Is told what nobody foresaw; the caller gets a 500. */
  readonly reportError: (error: unknown) => void;
}

/** The endpoint behind a Lambda front end: answers any event at all with a contract reply; never rejects. */
export function toLambda(parts: LambdaParts): (event: unknown, context: Context) => Promise<LambdaResult> {
  return async (event, context) => {
    const frontEnd = frontEndOf(event);
    let request: Request | undefined;
    try {
      request = requestOf(event);
      return await toResult(frontEnd, await parts.endpoint(request, deadlineMsOf(frontEnd, context)));
    } catch (error) {
      parts.reportError(error);
      const requestId = request?.headers.get("x-amz-firehose-request-id") ?? "";
      return toResult(frontEnd, reply(requestId, parts.clock.nowMs(), { kind: "unforeseen" }));
    }
  };
}

async function toResult(frontEnd: FrontEnd, response: Response): Promise<LambdaResult> {
  const { status: statusCode } = response;
  const body = await response.text();
  const headers = {
    ...Object.fromEntries(response.headers),
    "content-length": String(Buffer.byteLength(body)),
  };
  const answer = { statusCode, body, isBase64Encoded: false };
  switch (frontEnd) {
    case "function-url":
    case "http-api":
      return { ...answer, headers };
    case "alb":
      return { ...answer, statusDescription: describe(statusCode), headers };
    case "alb-multi-value":
      return { ...answer, statusDescription: describe(statusCode), multiValueHeaders: toMultiValue(headers) };
    default:
      return frontEnd satisfies never;
  }
}

/** Source: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html */
function describe(statusCode: number): string {
  return `${statusCode} ${STATUS_CODES[statusCode] ?? "Unknown"}`;
}

function toMultiValue(headers: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
}
