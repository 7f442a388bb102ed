import type { Clock } from "../../lib/clock.ts";
import type { Config } from "../../lib/config.ts";
import { createProducer, type Producer } from "../../lib/firehose/producer.ts";
import { encodePoint } from "../../lib/formats/hydrant.ts";
import { connectGitHub, memoryOf } from "../../lib/github/connect.ts";
import type { MemoryStore } from "../../lib/github/memory.ts";
import type { Progress } from "../../lib/github/round.ts";
import type { Fetch } from "../../lib/github/send-in-time.ts";
import type { MetricPoint } from "../../lib/point.ts";
import { runTick, type TickReport } from "../../lib/tick.ts";
import { collectText, seriesOf } from "./collect-text.ts";
import { openTarget, type TargetOptions } from "./firehose-target.ts";
import type { Print } from "./print.ts";
import type { ProgressLine } from "./progress.ts";

export interface CollectOptions extends TargetOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export interface CollectParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: () => number;
  readonly fetch: Fetch;
  readonly print: Print;
  readonly progress?: ProgressLine;
}

const minuteMs = 60_000;

/** Collects now and puts the points on streams, or with `dryRun` shows them; answers the exit code. */
export async function collect(options: CollectOptions, parts: CollectParts): Promise<number> {
  const scheduled = new Date(Math.floor(parts.clock.nowMs() / minuteMs) * minuteMs);
  const points: MetricPoint[] = [];
  const report = await (options.dryRun
    ? tickInto(points, scheduled, parts)
    : tickTo(options, scheduled, parts));
  if (options.json) parts.print.out(JSON.stringify(toJson(report, options.dryRun ? points : undefined)));
  else for (const { to, text } of collectText(report, points, parts.print)) parts.print[to](text);
  return report.failures.length > 0 || report.puts.some(({ error }) => error !== undefined) ? 1 : 0;
}

/** Nothing is put, and nothing is remembered as reported. */
async function tickInto(points: MetricPoint[], scheduled: Date, parts: CollectParts): Promise<TickReport> {
  const memory: MemoryStore = { ...memoryOf(parts.config), write: () => Promise.resolve() };
  const producer: Pick<Producer, "put"> = {
    put: (_stream, all) => Promise.resolve({ points: points.push(...all), records: 0, billedBytes: 0 }),
  };
  const { puts, ...report } = await tick(parts, { memory, producer, streams: ["none"] }, scheduled);
  return { ...report, puts: puts.slice(1) };
}

async function tickTo(options: CollectOptions, scheduled: Date, parts: CollectParts): Promise<TickReport> {
  using target = await openTarget(options, parts.config);
  const producer = createProducer(target.client, parts.clock, parts.random);
  return await tick(parts, { memory: memoryOf(parts.config), producer, streams: target.streams }, scheduled);
}

async function tick(
  { config, clock, fetch, progress }: CollectParts,
  { memory, ...put }: { memory: MemoryStore; producer: Pick<Producer, "put">; streams: readonly string[] },
  scheduled: Date,
): Promise<TickReport> {
  const onProgress = (each: Progress): void => progress?.show(each);
  const collector = connectGitHub(config, { clock, fetch, memory, onProgress });
  const never = new AbortController().signal;
  try {
    return await runTick({ collector, clock, ...put }, scheduled, { collect: never, put: never });
  } finally {
    progress?.clear();
  }
}

function toJson(report: TickReport, points: readonly MetricPoint[] | undefined): object {
  if (points === undefined) return report;
  const shown = points.map((point) => JSON.parse(encodePoint(point)) as unknown);
  return { ...report, points: shown, series: seriesOf(points) };
}
