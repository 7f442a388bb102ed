import * as http from "node:http";
import * as https from "node:https";
import { urlToHttpOptions } from "node:url";

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Posts over HTTP(S); rejects when no answer comes. Redirects come back as the 3xx they are. */
export type Post = (request: PostRequest, signal: AbortSignal) => Promise<http.IncomingMessage>;

/** A connection that was idle for longer may be gone, which a function that was frozen does not see. */
const maxIdleMs = 4_000;

/**
 * Posts over connections that are kept open. Node's own client: `fetch` changes the case of headers, hides their
 * repetition, and takes 10 ms of a cold start.
 */
export function openPost(): { readonly post: Post } & Disposable {
  const plain = new http.Agent({ keepAlive: true, timeout: maxIdleMs });
  const secure = new https.Agent({ keepAlive: true, timeout: maxIdleMs });
  return {
    post: ({ url, headers, body }, signal) =>
      new Promise((resolve, reject) => {
        const options = {
          ...urlToHttpOptions(new URL(url)),
          path: pathOf(url),
          method: "POST",
          headers,
          signal,
        };
        const request = url.startsWith("https:")
          ? https.request({ ...options, agent: secure }, resolve)
          : http.request({ ...options, agent: plain }, resolve);
        request.on("error", (error) => reject(reasonOf(error, signal)));
        request.end(body);
      }),
    [Symbol.dispose]() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** Of several addresses, all of which failed, the first one's error. */
function reasonOf(error: Error, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  return error instanceof AggregateError ? (error.errors[0] ?? error) : error;
}

/** Path and query go out as they were configured, where `URL` would mend them. */
function pathOf(url: string): string {
  const rest = url.replace(/^[a-z]+:\/\/[^/?#]*/i, "").replace(/#.*$/s, "");
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** Reads at most `maxBytes` of an answer; rejects when it breaks off before. */
export async function readStart(message: http.IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}
