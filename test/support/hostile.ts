import { readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { Agent, request, type IncomingMessage } from "node:http";
import { once } from "node:events";

import { makeFolder, startHostProcess, type HostProcess } from "./host.ts";
import { startMackerel, type MackerelStandIn } from "./mackerel.ts";
import { startDatadog, type DatadogStandIn } from "./datadog.ts";
import { checkOf } from "./schemas/check.ts";
import { deliveryResponse } from "./schemas/firehose.ts";

export const accessKey = "an-access-key";
export const requestId = "0c1f9f54-8f4b-4f0e-9a67-6bf1d1a5b6f3";

export interface HostileAnswer {
  readonly status: number;
  readonly errorMessage: string;
  readonly milliseconds: number;
}

export interface HostileHost extends AsyncDisposable {
  readonly process: HostProcess;
  readonly mackerel: MackerelStandIn;
  readonly datadog: DatadogStandIn;
  /** Posts to the endpoint with everything in order but what is given; fails unless the answer is contract JSON. */
  post(body: string | Uint8Array, given?: Given): Promise<HostileAnswer>;
  /** Forgets how much memory was held at most; false where this system does not tell. */
  forgetPeak(): boolean;
  memoryMiB(): { readonly now: number; readonly peak: number };
}

interface Given {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The local host in a process of its own, which a hostile delivery may end. */
export async function startHostileHost(): Promise<HostileHost> {
  await using opening = new AsyncDisposableStack();
  const folder = await makeFolder();
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const mackerel = opening.use(await startMackerel({ apiKey: "mk", services: ["shop"] }));
  const datadog = opening.use(await startDatadog({ apiKey: "dk" }));
  const started = opening.use(
    await startHostProcess([], {
      HYDRANT_DATA_DIR: folder,
      HYDRANT_ACCESS_KEYS: accessKey,
      MACKEREL_API_KEY: "mk",
      MACKEREL_SERVICE: "shop",
      MACKEREL_API_URL: mackerel.url,
      DATADOG_API_KEY: "dk",
      DATADOG_API_URL: datadog.url,
    }),
  );
  const agent = new Agent({ keepAlive: true });
  opening.defer(() => agent.destroy());
  const open = opening.move();
  const proc = `/proc/${started.child.pid}`;
  return {
    process: started,
    mackerel,
    datadog,
    post: (body, given) => post(`${started.url}${given?.path ?? "/mackerel"}`, body, { agent, ...given }),
    forgetPeak() {
      try {
        writeFileSync(`${proc}/clear_refs`, "5"); // proc(5): 5 resets the peak resident set size
        return true;
      } catch {
        return false;
      }
    },
    memoryMiB() {
      const status = readFileSync(`${proc}/status`, "utf8");
      const mebibytes = (name: string): number =>
        Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
      return { now: mebibytes("VmRSS"), peak: mebibytes("VmHWM") };
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

const check = checkOf(deliveryResponse);

async function post(
  url: string,
  body: string | Uint8Array,
  { agent, headers = {} }: Given & { readonly agent: Agent },
): Promise<HostileAnswer> {
  const startMs = performance.now();
  const sent = request(url, { agent, method: "POST" });
  const all = {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "x-amz-firehose-request-id": requestId,
    "x-amz-firehose-access-key": accessKey,
    "x-amz-firehose-source-arn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/hostile",
    ...headers,
  };
  for (const [name, value] of Object.entries(all)) sent.setHeader(name, value);
  // The answer may come before the whole body went out; what cannot be sent any more does not matter then.
  sent.on("error", () => undefined);
  sent.end(body);
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  const json: unknown = JSON.parse(Buffer.concat(await response.toArray()).toString("utf8"));
  const problem = check(json);
  if (problem !== undefined) throw new Error(`${response.statusCode} is not contract JSON: ${problem}`);
  const { errorMessage = "" } = json as { errorMessage?: string };
  return { status: response.statusCode ?? 0, errorMessage, milliseconds: performance.now() - startMs };
}

/** The body of a delivery that holds these records. */
export function deliveryOf(records: readonly (string | Uint8Array)[]): string {
  const encoded = records.map((record) => `{"data":"${Buffer.from(record).toString("base64")}"}`);
  return `{"requestId":"${requestId}","timestamp":${Date.now()},"records":[${encoded.join(",")}]}`;
}
