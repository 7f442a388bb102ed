import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { perform, type Fault } from "./faults.ts";

/** What goes wrong with an attempt: a fault of any service, or an answer byte for byte. */
export type EndpointFault =
  Fault | { readonly kind: "raw"; readonly text: string | ((requestId: string) => string) };

export interface ReceivedAttempt {
  readonly requestId: string;
  readonly timestampMs: number;
  readonly path: string;
  /** Name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly records: readonly string[];
  /** Whether the endpoint kept the records, whatever it answered. */
  readonly isTaken: boolean;
}

export interface FirehoseEndpoint extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** In order of arrival; those in work are not in it. */
  readonly attempts: readonly ReceivedAttempt[];
  /** The records taken in, in order. */
  records(): string[];
  /** What is wrong with the attempts to come: by their place, from now on, or by a rule. */
  fail(faults: EndpointFaults): void;
}

export type EndpointFaults =
  readonly (EndpointFault | undefined)[] | ((attempt: Received) => EndpointFault | undefined);

type Received = Omit<ReceivedAttempt, "isTaken">;

/** Anybody's Firehose endpoint: takes in what it gets, with trouble as scheduled. */
export async function startFirehoseEndpoint(
  faults: EndpointFaults = [],
  port = 0,
): Promise<FirehoseEndpoint> {
  const attempts: ReceivedAttempt[] = [];
  let scheduled = faults;
  let next = 0;
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const received = await read(message);
    const fault = typeof scheduled === "function" ? scheduled(received) : scheduled[next++];
    attempts.push({ ...received, isTaken: await answer(received, fault, response) });
  };
  const server = createServer((message, response) => {
    // The sender went away in the middle of its request.
    serve(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  const { port: opened } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${opened}/firehose`,
    port: opened,
    attempts,
    records: () => attempts.filter(({ isTaken }) => isTaken).flatMap(({ records }) => records),
    fail(later) {
      scheduled = later;
      next = 0;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => void server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  { requestId }: Received,
  fault: EndpointFault | undefined,
  response: ServerResponse,
): Promise<boolean> {
  let isTaken = false;
  if (fault?.kind === "raw") {
    const text = typeof fault.text === "string" ? fault.text : fault.text(requestId);
    response.socket?.end(text, "latin1");
    return isTaken;
  }
  const record = (): void => {
    isTaken = true;
  };
  await perform(fault, { status: 200, body: { requestId, timestamp: 1_700_000_000_000 }, record }, response);
  return isTaken;
}

async function read(message: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  const { url = "", headers, rawHeaders } = message;
  const { requestId, timestamp, records } = JSON.parse(body) as {
    requestId: string;
    timestamp: number;
    records: { data: string }[];
  };
  const texts = records.map(({ data }) => Buffer.from(data, "base64").toString("latin1"));
  return { requestId, timestampMs: timestamp, path: url, rawHeaders, headers, body, records: texts };
}
