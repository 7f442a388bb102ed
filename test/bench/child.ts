import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { request, type Agent, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** A server of `servers/` in a process of its own. */
export interface ChildServer extends Disposable {
  readonly child: ChildProcess;
  readonly port: number;
}

export async function startServer(
  name: string,
  words: readonly string[] = [],
  execArgv: readonly string[] = [],
): Promise<ChildServer> {
  const child = fork(join(import.meta.dirname, "servers", `${name}.ts`), words, { execArgv: [...execArgv] });
  const exited = once(child, "exit").then(() =>
    Promise.reject(new Error(`the server ${name} did not start`)),
  );
  const [address] = (await Promise.race([once(child, "message"), exited])) as [AddressInfo];
  return { child, port: address.port, [Symbol.dispose]: () => void child.kill() };
}

/** Asks a child that reports its memory for the most it ever held, in bytes. */
export async function peakMemory({ child }: ChildServer): Promise<number> {
  child.send("memory");
  const [{ peak }] = (await once(child, "message")) as [{ peak: number }];
  return peak;
}

const headers = {
  "Content-Type": "application/json",
  "X-Amz-Firehose-Protocol-Version": "1.0",
  "X-Amz-Firehose-Request-Id": "5f1f0a4e-7a4c-4a43-9d1b-000000000000",
  "X-Amz-Firehose-Source-Arn": "arn:aws:firehose:us-east-1:000000000000:deliverystream/bench",
  "X-Amz-Firehose-Access-Key": "bench-access-key",
};

/** Posts a delivery; the milliseconds until its 200. */
export async function post({ port }: ChildServer, body: Buffer, agent: Agent): Promise<number> {
  const startMs = performance.now();
  const sent = request({ agent, port, host: "127.0.0.1", method: "POST", path: "/mackerel" });
  for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value);
  sent.setHeader("Content-Length", body.length);
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const text = (await response.toArray()).join("");
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${text}`);
  return performance.now() - startMs;
}

/** A delivery's body: each text is a record. */
export function deliveryBody(records: readonly string[]): Buffer {
  return Buffer.from(
    JSON.stringify({
      requestId: headers["X-Amz-Firehose-Request-Id"],
      timestamp: Date.now(),
      records: records.map((record) => ({ data: Buffer.from(record).toString("base64") })),
    }),
  );
}
