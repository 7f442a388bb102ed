import { join } from "node:path";
import { systemClock } from "../../lib/clock.ts";
import { readConfig, streamsOf, type Config } from "../../lib/config.ts";
import { outletsOf, passthroughOf } from "../../lib/destinations/index.ts";
import { previewOutlet } from "../../lib/destinations/preview.ts";
import { folderStore } from "../../lib/store/folder-store.ts";
import { createEndpoint, type DeliveryReport, type Endpoint } from "../../lib/firehose/endpoint.ts";
import { createSend } from "../../lib/send.ts";
import { keptAccessKey } from "./access-key.ts";
import { UsageError } from "./arguments.ts";
import type { DeliveryStream } from "./attempt-delivery.ts";
import { collectJson, collectLines } from "./collect-line.ts";
import { startCollecting, type CollectEvent, type Collecting } from "./collect-schedule.ts";
import type { HostEvent } from "./delivery-event.ts";
import { eventJson, eventLine, reportLine } from "./event-line.ts";
import { startHost } from "./host.ts";
import { count, printTo, visible, type Print } from "./print.ts";
import type { ForeignStream } from "./up-arguments.ts";
import { upText } from "./up-text.ts";

export interface UpOptions {
  readonly streams: readonly ForeignStream[];
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Runs the pipeline until a signal ends it; gives the exit code.
 * @throws ConfigError, UsageError, BufferError, PortError
 */
export async function up({ streams }: UpOptions, env: Env): Promise<number> {
  const print = printTo(process.stdout, process.stderr);
  const config = withQuickPreview(readConfig(env), streams, env);
  const accessKeys = config.accessKeys.length > 0 ? config.accessKeys : [keptAccessKey(config.dataDir)];
  const all = [...ownStreams(config, accessKeys[0]), ...streams];
  const taken = streams.find(({ name }) => all.filter((stream) => stream.name === name).length > 1);
  if (taken) throw new UsageError(`there is a stream ${taken.name} already: give the --stream another name`);
  const host = await startHost({
    ...config,
    streams: all,
    hints: config.buffer,
    endpoint: endpointOf(config, accessKeys, print),
    backup: folderStore(join(config.dataDir, "backup")),
    clock: systemClock,
    random: Math.random,
    report: eventsTo(print, streams),
  });
  const signals = listenForSignals();
  for (const line of upText({ host, config, env }, print)) print.out(line);
  const collecting = collectOn(host.url, config, print);
  await signals.first;
  print.out("Stopping: waiting for deliveries in flight; the same signal again stops at once.");
  await collecting?.stop(signals.second);
  print.out(`Stopped. ${count(await host.stop(signals.second), "record")} wait on disk for the next start.`);
  return 0;
}

/** A first metric shows at once: nobody is sent anything more often for it. */
function withQuickPreview(config: Config, streams: readonly ForeignStream[], env: Env): Config {
  const isPreviewOnly = !config.datadog && !config.mackerel && streams.length === 0;
  if (!isPreviewOnly || env["BUFFER_SECONDS"]?.trim()) return config;
  return { ...config, buffer: { ...config.buffer, seconds: 1 } };
}

function ownStreams(config: Config, accessKey: string | undefined): DeliveryStream[] {
  return streamsOf(config).map(({ name, destination }) => ({
    name,
    url: `/${destination}`,
    accessKey,
    attributes: {},
  }));
}

function endpointOf(config: Config, accessKeys: readonly string[], print: Print): Endpoint {
  const send = createSend();
  const preview = previewOutlet((line) => print.out(visible(line)));
  return createEndpoint({
    accessKeys,
    outlets: { ...outletsOf(config, send), "/preview": preview },
    passthrough: passthroughOf(config, send),
    backup: folderStore(join(config.dataDir, "backup")),
    clock: systemClock,
    report: reportsTo(print),
  });
}

function reportsTo(print: Print): (report: DeliveryReport) => void {
  return (report) => {
    const time = new Date(systemClock.nowMs()).toISOString();
    print.err(process.stderr.isTTY ? reportLine(report) : JSON.stringify({ time, ...report }));
  };
}

/** Starts the collector's schedule, where there is something to collect. */
function collectOn(hostUrl: string, config: Config, print: Print): Collecting | undefined {
  if (config.github === undefined) return undefined;
  const report = (event: CollectEvent): void => {
    const lines = process.stderr.isTTY ? collectLines(event) : [collectJson(event, systemClock.nowMs())];
    for (const line of lines) print.err(line);
  };
  const parts = { clock: systemClock, random: Math.random, fetch: globalThis.fetch, hostUrl, report };
  return startCollecting(config, parts);
}

/** What the own endpoint took, it has told already. */
function eventsTo(print: Print, foreign: readonly ForeignStream[]): (event: HostEvent) => void {
  const isForeign = new Set(foreign.map(({ name }) => name));
  return (event) => {
    if (event.kind === "delivered" && !isForeign.has(event.delivery.stream)) return;
    print.err(process.stderr.isTTY ? eventLine(event) : eventJson(event, systemClock.nowMs()));
  };
}

/** `npm` hands on a Ctrl-C that this process got from the terminal as well: that is no second one. */
const sameSignalMs = 1_000;

function listenForSignals(): { readonly first: Promise<void>; readonly second: AbortSignal } {
  const first = Promise.withResolvers<void>();
  const second = new AbortController();
  let firstMs: number | undefined;
  const onSignal = (): void => {
    firstMs ??= systemClock.nowMs();
    if (systemClock.nowMs() - firstMs >= sameSignalMs) second.abort();
    first.resolve();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return { first: first.promise, second: second.signal };
}
