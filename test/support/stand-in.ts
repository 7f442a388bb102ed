import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { perform } from "./faults.ts";
import type { Faults, Outcome, ReceivedRequest } from "./faults.ts";

export interface SeenRequest extends Omit<ReceivedRequest, "body"> {
  readonly bodyBytes: number;
  /** What was answered; `undefined` as long as nothing was. */
  readonly status: number | undefined;
}

/** A service on this machine's loopback address; disposing of it ends open connections too. */
export interface StandIn extends AsyncDisposable {
  readonly url: string;
  /** In order of arrival, those that met a fault too. */
  readonly requests: readonly SeenRequest[];
}

/** Serves `answer` over HTTP, with trouble as scheduled. */
export async function startStandIn(
  answer: (request: ReceivedRequest) => Outcome,
  faults: Faults = [],
): Promise<StandIn> {
  const requests: SeenRequest[] = [];
  const faultOf = typeof faults === "function" ? faults : (_: unknown, index: number) => faults[index];
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = await read(message);
    const { body, ...seen } = request;
    const index = requests.push({ ...seen, bodyBytes: body.length, status: undefined }) - 1;
    const status = await perform(faultOf(request, index), answer(request), response);
    requests[index] = { ...seen, bodyBytes: body.length, status };
  };
  const server = createServer((message, response) => {
    // The sender went away in the middle of its request, or the test's own rule threw.
    serve(message, response).catch(() => response.destroy());
  });
  const url = await listen(server);
  return { url, requests, [Symbol.asyncDispose]: () => close(server) };
}

/** The value, or `undefined` where the bytes are not JSON in UTF-8. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

async function read(message: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const { method = "", url = "", headers } = message;
  return { method, path: url, headers, body: Buffer.concat(chunks) };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => void server.close(resolve));
  server.closeAllConnections();
  await closed;
}
