import * as http from "node:http";
import * as https from "node:https";
import { urlToHttpOptions } from "node:url";
import type { Answer } from "../../lib/firehose/attempt.ts";

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Posts over HTTP(S) and gives the answer as it came; rejects when there was no complete one. */
export type Post = (request: PostRequest, signal: AbortSignal) => Promise<Answer>;

/** Posts over connections that are kept open; `fetch` would change the case of headers and hide their repetition. */
export function openPost(): { readonly post: Post } & Disposable {
  const plain = new http.Agent({ keepAlive: true });
  const secure = new https.Agent({ keepAlive: true });
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
        const onAnswer = (message: http.IncomingMessage): void =>
          void readAnswer(message).then(resolve, reject);
        const request = url.startsWith("https:")
          ? https.request({ ...options, agent: secure }, onAnswer)
          : http.request({ ...options, agent: plain }, onAnswer);
        request.on("error", reject);
        request.end(body);
      }),
    [Symbol.dispose]() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** Path and query go out as they were configured, where `URL` would mend them. */
function pathOf(url: string): string {
  const rest = url.replace(/^[a-z]+:\/\/[^/?#]*/i, "").replace(/#.*$/s, "");
  return rest.startsWith("/") ? rest : `/${rest}`;
}

/** One byte more than an answer may have shows that it is too long. */
const readBytes = 1_048_577;

async function readAnswer(message: http.IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= readBytes) break;
  }
  const { statusCode = 0, statusMessage = "", rawHeaders } = message;
  const body = Buffer.concat(chunks).subarray(0, readBytes);
  return { status: statusCode, reasonPhrase: statusMessage, rawHeaders, body };
}
