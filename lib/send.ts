export interface OutgoingRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /** At most `maxResponseBytes` of it, as text. */
  readonly body: string;
}

/** The only door out: rejects when there was no complete answer (network, time-out, abort). */
export type Send = (request: OutgoingRequest, signal: AbortSignal) => Promise<HttpResponse>;

/** Answers of monitoring services are short; what is longer is not one of theirs. */
const maxResponseBytes = 65_536;

/** Posts with `fetch`. Redirects come back as the 3xx they are: following one would carry the API key along. */
export const sendByFetch: Send = async ({ url, headers, body }, signal) => {
  const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
  return { status: response.status, headers: response.headers, body: await readStart(response) };
};

async function readStart(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes >= maxResponseBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxResponseBytes).toString("utf8");
}
