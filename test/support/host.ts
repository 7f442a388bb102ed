import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { FirehoseClient, PutRecordBatchCommand } from "@aws-sdk/client-firehose";
import { systemClock, type Clock } from "../../lib/clock.ts";
import { folderStore } from "../../lib/store/folder-store.ts";
import { createEndpoint, type Endpoint } from "../../lib/firehose/endpoint.ts";
import type { DeliveryStream } from "../../infra/local/attempt-delivery.ts";
import type { HostEvent } from "../../infra/local/delivery-event.ts";
import { startHost, type Host, type HostParts } from "../../infra/local/host.ts";
import { until } from "./until.ts";

export interface TestHost extends Host, AsyncDisposable {
  readonly folder: string;
  readonly backupFolder: string;
  readonly events: readonly HostEvent[];
  readonly client: FirehoseClient;
  /** Puts records on a stream in one call of the real SDK. */
  put(stream: string, ...records: (string | Uint8Array)[]): Promise<void>;
  /** Resolves when that many events of a kind were reported. */
  told(kind: HostEvent["kind"], times?: number): Promise<void>;
}

export type TestHostOptions = Partial<Omit<HostParts, "streams">> & {
  readonly streams: readonly (Pick<DeliveryStream, "name" | "url"> & Partial<DeliveryStream>)[];
};

/** A host in this process, in a folder of its own unless told otherwise; disposing of it removes that folder. */
export async function startTestHost(options: TestHostOptions): Promise<TestHost> {
  const folder = options.dataDir ?? (await makeFolder());
  const events: HostEvent[] = [];
  const backupFolder = join(folder, "backup");
  const clock = options.clock ?? systemClock;
  const host = await startHost({
    port: 0,
    dataDir: folder,
    hints: { seconds: 0, mebibytes: 1 },
    retrySeconds: 7200,
    endpoint: noEndpoint(clock),
    backup: folderStore(backupFolder),
    clock,
    random: () => 0.5,
    report: (event) => events.push(event),
    ...options,
    streams: options.streams.map((stream) => ({ attributes: {}, ...stream })),
  }).catch(async (error: unknown) => {
    if (options.dataDir === undefined) await rm(folder, { recursive: true });
    throw error;
  });
  const client = clientOf(host.url);
  let stopped: Promise<number> | undefined;
  const stop = (now: AbortSignal): Promise<number> => (stopped ??= host.stop(now));
  return {
    ...host,
    folder,
    backupFolder,
    events,
    client,
    stop,
    put: (stream, ...records) => put(client, stream, records),
    told: (kind, times = 1) =>
      until(() => events.filter((event) => event.kind === kind).length >= times, `${times} times ${kind}`),
    async [Symbol.asyncDispose]() {
      client.destroy();
      await stop(AbortSignal.abort());
      if (options.dataDir === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Stops at once, as a crash would but for the process. */
export const now = AbortSignal.abort();

export const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "hydrant-"));

export function clientOf(endpoint: string): FirehoseClient {
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  return new FirehoseClient({ endpoint, region: "eu-west-3", credentials, maxAttempts: 1 });
}

export async function put(
  client: FirehoseClient,
  stream: string,
  records: readonly (string | Uint8Array)[],
): Promise<void> {
  const entries = records.map((record) => ({ Data: Buffer.from(record) }));
  await client.send(new PutRecordBatchCommand({ DeliveryStreamName: stream, Records: entries }));
}

function noEndpoint(clock: Clock): Endpoint {
  const backup = { write: (): Promise<void> => Promise.resolve() };
  return createEndpoint({ accessKeys: [], outlets: {}, backup, clock, report: () => undefined });
}

export interface HostProcess extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
  readonly out: readonly string[];
  readonly err: readonly string[];
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** `hydrant` in a process of its own. */
export function spawnHydrant(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Omit<HostProcess, "url"> {
  const entry = new URL("../../infra/local/hydrant.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [entry, ...words], {
    env: { PATH: process.env["PATH"], HYDRANT_PORT: "0", NO_COLOR: "1", ...env },
    cwd: tmpdir(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err]: string[][] = [[], []];
  createInterface(child.stdout).on("line", (line) => out?.push(line));
  createInterface(child.stderr).on("line", (line) => err?.push(line));
  const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
  return {
    child,
    out: out ?? [],
    err: err ?? [],
    ended,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** `hydrant up`, ready. */
export async function startHostProcess(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<HostProcess> {
  const started = spawnHydrant(["up", ...words], env);
  const urlOf = (): string | undefined => /listens on (\S+)/.exec(started.out.join("\n"))?.[1];
  await until(() => urlOf() ?? started.child.exitCode !== null, "hydrant up");
  const url = urlOf();
  if (url === undefined) throw new Error(`hydrant did not start: ${started.err.join("\n")}`);
  return { ...started, url };
}
