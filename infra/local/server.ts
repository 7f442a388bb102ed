import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener, RequestError } from "@hono/node-server";
import { abortAfter, type Clock } from "../../lib/clock.ts";
import { reply } from "../../lib/firehose/refusal.ts";
import { drain } from "./drain.ts";

export type Route = (request: Request) => Promise<Response>;

const limits = {
  headersTimeout: 20_000,
  requestTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  // Longer than clients keep idle connections, so that none is closed under a request.
  keepAliveTimeout: 75_000,
  // 50 common attributes of 256 + 1,024 characters and an access key of 4,096 are allowed.
  maxHeaderSize: 131_072,
  // HTTP/1.0 has none, and nothing here depends on it.
  requireHostHeader: false,
} as const;

/** Serves a route over HTTP; what cannot become a `Request` gets the endpoint's contract JSON as well. */
export function createHostServer(route: Route, clock: Clock): Server {
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const requestId = incoming.headers["x-amz-firehose-request-id"]?.toString() ?? "";
    const answerAll = async (request: Request): Promise<Response> => {
      const response = await route(request);
      await drain(incoming, clock);
      return response;
    };
    const listener = getRequestListener(answerAll, {
      hostname: "127.0.0.1",
      overrideGlobalObjects: false,
      errorHandler: async (error) => {
        await drain(incoming, clock);
        const refusal = error instanceof RequestError ? malformed : ({ kind: "unforeseen" } as const);
        return reply(requestId, clock.nowMs(), refusal);
      },
    });
    void listener(incoming, outgoing);
  };
  return createServer(limits, answer)
    .on("checkExpectation", answer)
    .on("connect", (_: IncomingMessage, socket: Duplex) => {
      void endWith(socket, 405, reply("", clock.nowMs(), { kind: "method-not-allowed" }));
    })
    .on("clientError", (error: NodeJS.ErrnoException, socket: Duplex) => {
      void endWith(socket, statuses[error.code ?? ""] ?? 400, reply("", clock.nowMs(), malformed));
    });
}

/** Listens on this machine's loopback address only. @throws Error when the port is taken */
export async function listen(server: Server, port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject).listen(port, "127.0.0.1", resolve);
  try {
    await promise;
  } catch (error) {
    const isTaken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    throw isTaken ? new PortError(port, error) : error;
  }
  server.off("error", reject);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Another program listens there; the message says what to do. */
export class PortError extends Error {
  override readonly name = "PortError";

  constructor(port: number, cause: unknown) {
    super(`Port ${port} is taken by another program. Stop it, or set HYDRANT_PORT to another port.`, {
      cause,
    });
  }
}

const malformed = { kind: "malformed", detail: "it is no valid HTTP request" } as const;

/** Where another status than 400 says more. Source: https://nodejs.org/api/http.html#event-clienterror */
const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

async function endWith(socket: Duplex, status: number, response: Response): Promise<void> {
  if (!socket.writable) return;
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${headers}connection: close\r\n\r\n`;
  socket.end(head + (await response.text()));
}

/** Ends idle connections at once, and busy ones after a second or when `now` aborts. */
export async function closeServer(server: Server, clock: Clock, now: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  using patience = abortAfter(clock, 1_000, "busy for too long");
  const signal = AbortSignal.any([now, patience.signal]);
  if (signal.aborted) server.closeAllConnections();
  signal.addEventListener("abort", () => server.closeAllConnections());
  await promise;
}
