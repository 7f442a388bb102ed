import type { Clock } from "../../lib/clock.ts";
import type { Config } from "../../lib/config.ts";
import { lineBytes, lineOf, type Line } from "../../lib/firehose/pack.ts";
import { createProducer, UnsentError, type Producer } from "../../lib/firehose/producer.ts";
import type { MetricPoint, MetricType } from "../../lib/point.ts";
import { UsageError } from "./arguments.ts";
import { openTarget, type TargetOptions } from "./firehose-target.ts";
import { joinObjects } from "./join-objects.ts";
import { count, visible, type Print } from "./print.ts";
import { cutLines, readInputLine } from "./put-lines.ts";

export interface PutOptions extends TargetOptions {
  readonly name?: string | undefined;
  readonly value?: number | undefined;
  readonly tag: readonly string[];
  /** Epoch milliseconds. */
  readonly time?: number;
  readonly type?: MetricType;
  readonly unit?: string;
  /** Seconds. */
  readonly interval?: number;
  readonly service?: string;
  readonly host?: string;
  readonly json?: boolean;
}

export interface PutParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: () => number;
  readonly input: AsyncIterable<Uint8Array>;
  readonly print: Print;
}

/** Puts one metric, or those of the input, on streams; answers the exit code. */
export async function put(options: PutOptions, parts: PutParts): Promise<number> {
  const point = toPoint(options, parts.clock.nowMs());
  using target = await openTarget(options, parts.config);
  const producer = createProducer(target.client, parts.clock, parts.random);
  const outcomes = target.streams.map((stream) => new StreamOutcome(stream));
  const rejected: RejectedLine[] = [];
  const reject = (line: RejectedLine): void => {
    rejected.push(line);
    if (!options.json) parts.print.err(`line ${line.line}: ${line.reason}: ${line.detail}`);
  };
  const groups = point === undefined ? groupInput(parts.input, reject) : [[lineOf(point)]];
  for await (const lines of groups) {
    for (const outcome of outcomes) await outcome.put(producer, lines);
  }
  if (options.json) parts.print.out(JSON.stringify({ streams: outcomes, rejected }));
  else for (const outcome of outcomes) tell(outcome, parts.print);
  return rejected.length > 0 || outcomes.some(({ unsent }) => unsent > 0) ? 1 : 0;
}

interface RejectedLine {
  readonly line: number;
  readonly reason: string;
  readonly detail: string;
}

/** What was put on one stream; after a failure nothing more is tried, and counted as unsent. */
class StreamOutcome {
  readonly stream: string;
  points = 0;
  records = 0;
  billedBytes = 0;
  unsent = 0;
  error?: string;

  constructor(stream: string) {
    this.stream = stream;
  }

  async put(producer: Producer, lines: readonly Line[]): Promise<void> {
    const points = lines.reduce((sum, line) => sum + line.points.length, 0);
    if (this.error !== undefined) {
      this.unsent += points;
      return;
    }
    try {
      const report = await producer.putLines(this.stream, lines);
      this.points += report.points;
      this.records += report.records;
      this.billedBytes += report.billedBytes;
    } catch (error) {
      if (!(error instanceof UnsentError)) throw error;
      this.error = error.message;
      this.unsent += error.points.length;
      this.points += points - error.points.length;
    }
  }
}

function tell({ stream, points, records, unsent, error }: StreamOutcome, print: Print): void {
  if (error === undefined) {
    print.out(`put ${count(points, "point")} in ${count(records, "record")} on ${stream}`);
    return;
  }
  print.err(visible(error));
  print.err(`${stream}: ${count(points, "point")} put, ${unsent} not put`);
}

function toPoint(options: PutOptions, nowMs: number): MetricPoint | undefined {
  const { name, value, time, type, tag, unit, interval, service, host } = options;
  if (name === undefined) {
    const isDescribed = [time, type, unit, interval, service, host, ...tag].some(
      (each) => each !== undefined,
    );
    if (!isDescribed) return undefined;
    throw new UsageError("what is read describes itself: options that describe a metric need NAME and VALUE");
  }
  if (name === "") throw new UsageError("NAME must not be empty");
  if (value === undefined) throw new UsageError("VALUE is missing: hydrant put NAME VALUE");
  return {
    name,
    value,
    timestampMs: time ?? nowMs,
    type: type ?? "gauge",
    tags: tag,
    unit,
    intervalSeconds: interval,
    service,
    host,
  };
}

/** Input is put each time this much of it has come, so that memory stays bounded. */
const groupBytes = 4 * 1024 * 1024;

async function* groupInput(
  input: AsyncIterable<Uint8Array>,
  reject: (line: RejectedLine) => void,
): AsyncGenerator<readonly Line[]> {
  let held: Line[] = [];
  let heldBytes = 0;
  for await (const { line: number, bytes } of joinObjects(cutLines(input))) {
    const { lines, rejected } = readInputLine(bytes);
    for (const { reason, detail } of rejected) reject({ line: number, reason, detail });
    for (const line of lines) {
      held.push(line);
      heldBytes += lineBytes(line);
    }
    if (heldBytes < groupBytes) continue;
    yield held;
    held = [];
    heldBytes = 0;
  }
  if (held.length > 0) yield held;
}
