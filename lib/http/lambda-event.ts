import type { Context } from "aws-lambda";
import { maxDeadlineMs } from "../firehose/endpoint.ts";

/** What stands before a function and hands it HTTP requests as events. */
export type FrontEnd = "function-url" | "http-api" | "alb" | "alb-multi-value";

/** Says which front end made an event; one of unknown shape counts as an HTTP API's, the least patient. */
export function frontEndOf(event: unknown): FrontEnd {
  const requestContext = member(event, "requestContext");
  if (isObject(member(requestContext, "elb"))) {
    return isObject(member(event, "multiValueHeaders")) ? "alb-multi-value" : "alb";
  }
  const domainName = member(requestContext, "domainName");
  return typeof domainName === "string" && domainName.includes(".lambda-url.") ? "function-url" : "http-api";
}

/** How long each waits for an answer, less time for the way back. */
const patienceMs: Readonly<Record<FrontEnd, number>> = {
  "function-url": maxDeadlineMs,
  // 30 s: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
  "http-api": 25_000,
  // 60 s unless set otherwise: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html
  alb: 55_000,
  "alb-multi-value": 55_000,
};

const answeringMs = 2_000;
const minDeadlineMs = 500;

/** How long a delivery may take: what the invocation has left and the front end waits. */
export function deadlineMsOf(frontEnd: FrontEnd, context: Context): number {
  const leftMs = context.getRemainingTimeInMillis() - answeringMs;
  return Math.max(minDeadlineMs, Math.min(leftMs, patienceMs[frontEnd]));
}

/**
 * The HTTP request an event stands for, as far as there is one in it. Its query is left out.
 * Sources: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html (version 2.0),
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html (1.0, 2.0),
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
 */
export function requestOf(event: unknown): Request {
  const url = new URL("https://endpoint.invalid");
  const path = member(event, "rawPath") ?? member(event, "path");
  // Only ever the path: `new URL("//host", base)` would let the event choose the host.
  if (typeof path === "string") url.pathname = path;
  const http = member(member(event, "requestContext"), "http");
  const method = methodOf(member(http, "method") ?? member(event, "httpMethod"));
  const body = method === "POST" ? bodyOf(event) : null;
  return new Request(url, { method, headers: headersOf(event), body });
}

/** A web `Request` cannot have some methods, such as TRACE. What stands in for them is as little allowed. */
function methodOf(method: unknown): string {
  const isCarried = typeof method === "string" && /^(GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(method);
  return isCarried ? method : "OPTIONS";
}

function bodyOf(event: unknown): Uint8Array<ArrayBuffer> | null {
  const body = member(event, "body");
  if (typeof body !== "string") return null;
  return Buffer.from(body, member(event, "isBase64Encoded") === true ? "base64" : "utf8");
}

/** The event's headers as Node's server would give them: each character one byte of the text's UTF-8. */
function headersOf(event: unknown): Headers {
  const headers = new Headers();
  const fields = member(event, "multiValueHeaders") ?? member(event, "headers");
  for (const [name, values] of isObject(fields) ? Object.entries(fields) : []) {
    for (const value of Array.isArray(values) ? values : [values]) {
      if (isFieldName(name) && isFieldValue(value))
        headers.append(name, Buffer.from(value).toString("latin1"));
    }
  }
  return headers;
}

/** What HTTP cannot carry came by no request. Source: https://www.rfc-editor.org/rfc/rfc9110.html#section-5 */
const isFieldName = (name: string): boolean => /^[\w!#$%&'*+.^`|~-]+$/.test(name);
const isFieldValue = (value: unknown): value is string =>
  typeof value === "string" && !/[\0\r\n]/.test(value);

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function member(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}
