import type { IncomingHttpHeaders } from "node:http";
import { openPost, readStart, type PostRequest } from "./http/post.ts";

export type OutgoingRequest = PostRequest;

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** At most `maxResponseBytes` of it, as text. */
  readonly body: string;
}

/** The only door out: rejects when there was no complete answer (network, time-out, abort). */
export type Send = (request: OutgoingRequest, signal: AbortSignal) => Promise<HttpResponse>;

/** Answers of monitoring services are short; what is longer is not one of theirs. */
const maxResponseBytes = 65_536;

/** Sends over connections of its own. A redirect is not followed: that would carry the API key along. */
export function createSend(): Send {
  const { post } = openPost();
  return async (request, signal) => {
    const headersSent = { "User-Agent": "hydrant", ...request.headers };
    const response = await post({ ...request, headers: headersSent }, signal);
    const { statusCode: status = 0, headers } = response;
    const body = await readStart(response, maxResponseBytes);
    return { status, headers, body: body.toString("utf8") };
  };
}
