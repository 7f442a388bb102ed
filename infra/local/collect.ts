import type { Clock } from "../../lib/clock.ts";
import type { Collector } from "../../lib/collector.ts";
import type { Config } from "../../lib/config.ts";
import { createProducer, type Producer } from "../../lib/firehose/producer.ts";
import { encodePoint } from "../../lib/formats/hydrant.ts";
import { connectGitHub, memoryOf } from "../../lib/github/connect.ts";
import type { MemoryStore } from "../../lib/github/memory.ts";
import type { Fetch } from "../../lib/github/send-in-time.ts";
import type { MetricPoint } from "../../lib/point.ts";
import { runTick, type TickParts, type TickReport } from "../../lib/tick.ts";
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

/**
 * Collects now and puts the points on streams, or with `dryRun` shows them; answers the exit code.
 * @throws ConfigError where no repositories are configured; as `openTarget` does.
 */
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
  const collector = connect(parts, { ...memoryOf(parts.config), write: () => Promise.resolve() });
  const producer: Pick<Producer, "put"> = {
    put: (_stream, all) => {
      for (const point of all) points.push(point);
      return Promise.resolve({ points: points.length, records: 0, billedBytes: 0 });
    },
  };
  const { puts, ...report } = await tick(parts, { collector, producer, streams: ["none"] }, scheduled);
  return { ...report, puts: puts.slice(1) };
}

/** A configuration without repositories is told before anything is looked for. */
async function tickTo(options: CollectOptions, scheduled: Date, parts: CollectParts): Promise<TickReport> {
  const collector = connect(parts, memoryOf(parts.config));
  using target = await openTarget(options, parts.config);
  const producer = createProducer(target.client, parts.clock, parts.random);
  return await tick(parts, { collector, producer, streams: target.streams }, scheduled);
}

function connect({ config, clock, fetch, progress }: CollectParts, memory: MemoryStore): Collector {
  return connectGitHub(config, { clock, fetch, memory, onProgress: (each) => progress?.show(each) });
}

async function tick(
  { clock, progress }: CollectParts,
  parts: Omit<TickParts, "clock">,
  scheduled: Date,
): Promise<TickReport> {
  const never = new AbortController().signal;
  try {
    return await runTick({ clock, ...parts }, scheduled, { collect: never, put: never });
  } finally {
    progress?.clear();
  }
}

/** `points` are points, and there where they are shown instead of put; `pointCount` is how many there are. */
function toJson(
  { points: pointCount, ...report }: TickReport,
  points: readonly MetricPoint[] | undefined,
): object {
  if (points === undefined) return { ...report, pointCount };
  const shown = points.map((point) => JSON.parse(encodePoint(point)) as unknown);
  return { ...report, pointCount, points: shown, series: seriesOf(points) };
}
