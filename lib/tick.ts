import type { Clock } from "./clock.ts";
import type { Collected, Collector, Failure } from "./collector.ts";
import type { Producer } from "./firehose/producer.ts";
import { messageOf } from "./message-of.ts";
import type { MetricPoint } from "./point.ts";

export interface TickParts {
  readonly collector: Collector;
  readonly producer: Pick<Producer, "put">;
  /** Every point goes on each of them. */
  readonly streams: readonly string[];
  readonly clock: Clock;
}

export interface TickReport {
  readonly collector: string;
  readonly scheduledTime: string;
  /** How many went, or should have gone, on each stream. */
  readonly points: number;
  readonly repositories: number;
  readonly failures: readonly Failure[];
  readonly remarks: readonly string[];
  readonly milliseconds: number;
  readonly puts: readonly PutOutcome[];
}

export interface PutOutcome {
  readonly stream: string;
  readonly records: number;
  /** Why not all points were put. */
  readonly error?: string;
}

/** Collecting ends before putting has to. */
export interface TickSignals {
  readonly collect: AbortSignal;
  readonly put: AbortSignal;
}

/**
 * Collects once and puts what came, with what there is to say about the collecting itself, on every stream; never
 * rejects. The same scheduled time again gives the same points.
 */
export async function runTick(parts: TickParts, scheduled: Date, signals: TickSignals): Promise<TickReport> {
  const startMs = parts.clock.nowMs();
  const { points, ...collected } = await collect(parts, scheduled, signals.collect);
  const all = [...points, ...ownPoints({ points, ...collected }, scheduled, parts.clock.nowMs() - startMs)];
  const puts = await Promise.all(parts.streams.map((stream) => put(parts, stream, all, signals.put)));
  return {
    collector: parts.collector.name,
    scheduledTime: scheduled.toISOString(),
    points: all.length,
    ...collected,
    milliseconds: parts.clock.nowMs() - startMs,
    puts,
  };
}

async function collect({ collector }: TickParts, scheduled: Date, signal: AbortSignal): Promise<Collected> {
  try {
    return await collector.collect(scheduled, signal);
  } catch (error) {
    const failure = { subject: collector.name, reason: messageOf(error) };
    return { points: [], repositories: 0, failures: [failure], remarks: [] };
  }
}

/** What a monitor watches to know that the pipeline lives, and that what it brings is all there is. */
function ownPoints(collected: Collected, scheduled: Date, milliseconds: number): MetricPoint[] {
  const timestampMs = Math.floor(scheduled.getTime() / 60_000) * 60_000;
  const values = {
    "hydrant.heartbeat": 1,
    "hydrant.collector.points": collected.points.length,
    "hydrant.collector.repositories.collected": collected.repositories,
    "hydrant.collector.repositories.failed": collected.failures.length,
    "hydrant.collector.seconds": milliseconds / 1000,
  };
  return Object.entries(values).map(([name, value]) => ({
    name,
    value,
    timestampMs,
    type: "gauge",
    tags: [],
  }));
}

async function put(
  { producer }: TickParts,
  stream: string,
  points: readonly MetricPoint[],
  signal: AbortSignal,
): Promise<PutOutcome> {
  try {
    const { records } = await producer.put(stream, points, signal);
    return { stream, records };
  } catch (error) {
    return { stream, records: 0, error: messageOf(error) };
  }
}
