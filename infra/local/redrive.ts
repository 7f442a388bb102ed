import { join } from "node:path";

import { brisk, patient } from "../../lib/aws-patience.ts";
import type { Clock } from "../../lib/clock.ts";
import { readConfig, type Config } from "../../lib/config.ts";
import type { Env } from "../../lib/config/reader.ts";
import type { Fetch } from "../../lib/github/send-in-time.ts";
import { destinationOf, quietMsOf } from "../../lib/redrive/destination-of.ts";
import { folderStore } from "../../lib/store/folder-store.ts";
import { redrive as redriveStream } from "../../lib/redrive/redrive.ts";
import { reasonOf } from "../../lib/firehose/put-errors.ts";
import type { StreamReport } from "../../lib/redrive/report.ts";
import type { Store } from "../../lib/store/store.ts";
import { UsageError } from "./arguments.ts";
import { readAwsConfig } from "./aws-config.ts";
import { localClient, openTarget, type Target } from "./firehose-target.ts";
import { readHealth } from "./host-health.ts";
import type { Print } from "./print.ts";
import { redriveProgress } from "./redrive-progress.ts";
import { redriveText } from "./redrive-text.ts";
import type { Terminal } from "./terminal-line.ts";

export interface RedriveOptions {
  readonly stream: readonly string[];
  /** Epoch milliseconds. */
  readonly since?: number;
  readonly until?: number;
  readonly code: readonly string[];
  readonly reason: readonly string[];
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly aws?: boolean;
  readonly json?: boolean;
}

export interface RedriveCommandParts {
  readonly env: Env;
  readonly clock: Clock;
  readonly random: () => number;
  readonly fetch: Fetch;
  readonly print: Print;
  /** Where progress is shown, if it is a terminal. */
  readonly terminal: Terminal;
  /** Ends the run between two calls. */
  readonly stop: AbortSignal;
}

/** Puts failed records of the backup back on their streams; answers the exit code. */
export async function redrive(options: RedriveOptions, parts: RedriveCommandParts): Promise<number> {
  if ((options.since ?? -Infinity) >= (options.until ?? Infinity))
    throw new UsageError("--since must be before --until");
  const config = options.aws ? readAwsConfig(parts.env) : readConfig(parts.env);
  const store = await openStore(options, config);
  using target = await openRedriveTarget(options, config, store);
  const reports: StreamReport[] = [];
  for (const stream of target.streams) {
    const report = await redriveOne(stream, { store, target, config }, options, parts);
    reports.push(report);
    if (options.json) continue;
    const { out, err } = redriveText(report, options.dryRun ?? false);
    for (const line of out) parts.print.out(line);
    for (const line of err) parts.print.err(line);
  }
  if (options.json) parts.print.out(JSON.stringify({ dryRun: options.dryRun ?? false, streams: reports }));
  if (reports.length === 0 && !options.json)
    parts.print.out("the backup is empty: there is nothing to put back");
  return reports.every(({ ending, unreadable }) => ending === "done" && unreadable === 0) ? 0 : 1;
}

interface Place {
  readonly store: Store;
  readonly target: Target;
  readonly config: Config;
}

async function redriveOne(
  stream: string,
  { store, target, config }: Place,
  options: RedriveOptions,
  parts: RedriveCommandParts,
): Promise<StreamReport> {
  const { clock, random, stop, terminal } = parts;
  const {
    since: sinceMs,
    until: untilMs,
    code: codes,
    reason: reasons,
    dryRun = false,
    force = false,
  } = options;
  using line = redriveProgress(terminal, clock);
  return await redriveStream(
    { stream, selection: { sinceMs, untilMs, codes, reasons }, isDryRun: dryRun, isForced: force },
    {
      store,
      client: target.client,
      clock,
      random,
      stop,
      destination: destinationOf(stream, config),
      quietMs: quietMsOf(config),
      lastFailureMs: lastFailureOf(options, config, parts),
      onProgress: (progress) => line.show(progress),
    },
  );
}

/** Asks CloudWatch, or the local host, when a delivery failed last. */
function lastFailureOf(
  { aws = false }: RedriveOptions,
  config: Config,
  { clock, fetch }: RedriveCommandParts,
): (stream: string) => Promise<number | undefined> {
  return async (stream) => {
    if (!aws) {
      const { failing } = await readHealth(`http://127.0.0.1:${config.port}`, fetch);
      return failing.find((each) => each.stream === stream)?.failedMs;
    }
    const { CloudWatchClient } = await import("@aws-sdk/client-cloudwatch");
    const { lastFailureMs } = await import("../../lib/redrive/last-failure.ts");
    const client = new CloudWatchClient(brisk);
    return await lastFailureMs(stream, { client, clock, quietMs: quietMsOf(config) }).catch(
      (error: unknown) => {
        const why = `CloudWatch does not say whether ${stream} still fails (${reasonOf(error)})`;
        throw new Error(`${why}; --force redrives anyway`, { cause: error });
      },
    );
  };
}

async function openStore(
  { aws = false }: RedriveOptions,
  { aws: { bucket }, dataDir }: Config,
): Promise<Store> {
  if (!aws) return folderStore(join(dataDir, "backup"));
  if (bucket === undefined)
    throw new UsageError("HYDRANT_BACKUP_BUCKET must name the backup bucket; it is not set");
  const { openS3Store } = await import("../../lib/store/s3-store.ts");
  return openS3Store(bucket, patient);
}

/** A dry run here asks no host: it may be down. */
async function openRedriveTarget(options: RedriveOptions, config: Config, store: Store): Promise<Target> {
  if (options.dryRun !== true || options.aws === true) return openTarget(options, config);
  const client = localClient(`http://127.0.0.1:${config.port}`);
  const streams = options.stream.length > 0 ? options.stream : await streamsIn(store);
  return { client, streams, [Symbol.dispose]: () => client.destroy() };
}

async function streamsIn(store: Store): Promise<string[]> {
  const streams = new Set<string>();
  for await (const { key } of store.list("")) {
    const [, stream] = /^([^/]+)\/(?:http-endpoint-failed|rejected|expired)\//.exec(key) ?? [];
    if (stream !== undefined && stream !== "redrive" && stream !== "redriven") streams.add(stream);
  }
  return [...streams];
}
