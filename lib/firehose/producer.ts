import {
  PutRecordBatchCommand,
  type FirehoseClientConfig,
  type PutRecordBatchCommandOutput,
} from "@aws-sdk/client-firehose";

import { patient } from "../aws-patience.ts";
import type { Clock } from "../clock.ts";
import type { MetricPoint } from "../point.ts";
import { billedBytes, groupCalls, lineOf, packRecords, type Line, type PackedRecord } from "./pack.ts";
import { isPermanent, reasonOf } from "./put-errors.ts";

/** The part of `FirehoseClient` that a producer needs. */
export interface FirehoseSender {
  send(
    command: PutRecordBatchCommand,
    options: { readonly abortSignal: AbortSignal },
  ): Promise<PutRecordBatchCommandOutput>;
}

/** What was put; all of it is acknowledged. */
export interface PutReport {
  readonly points: number;
  readonly records: number;
  readonly billedBytes: number;
}

export interface Producer {
  /**
   * Resolves when Firehose has acknowledged every point; after a time-out some may have been stored twice.
   * @throws UnsentError with the points that were not acknowledged, and why; and, before anything is put, when a
   * point is too large for a record.
   */
  put(stream: string, points: Iterable<MetricPoint>, signal?: AbortSignal): Promise<PutReport>;
  /** The same for lines that are encoded already. */
  putLines(stream: string, lines: Iterable<Line>, signal?: AbortSignal): Promise<PutReport>;
}

/** For the client of a producer: one try a call, since the producer itself tries again, and an end to waiting. */
export const producerClientConfig = {
  maxAttempts: 1,
  ...patient,
} satisfies FirehoseClientConfig;

/** Tries in a row that got nothing through; the waits between them come to about 20 s. */
export const maxFruitlessTries = 10;
const maxElapsedMs = 300_000;
const firstWaitMs = 100;
const maxWaitMs = 5_000;

/** Points that Firehose has not acknowledged; `cause` is the first failure, or the one that ended the attempt. */
export class UnsentError extends Error {
  override readonly name = "UnsentError";
  readonly stream: string;
  readonly points: readonly MetricPoint[];

  constructor(stream: string, points: readonly MetricPoint[], total: number, cause: unknown) {
    const count = `${points.length} of ${total} points (${countByName(points)})`;
    super(`${count} were not put on the stream ${stream}: ${reasonOf(cause)}`, { cause });
    this.stream = stream;
    this.points = points;
  }
}

/** Puts points on streams, packed into records; what Firehose did not take, and only that, is sent again. */
export function createProducer(client: FirehoseSender, clock: Clock, random: () => number): Producer {
  const neverAborted = new AbortController().signal;
  const putLines: Producer["putLines"] = async (stream, lines, signal = neverAborted) =>
    putRecords({ client, clock, random, stream, signal }, [...packRecords(lines)]);
  return {
    putLines,
    put: (stream, points, signal) => putLines(stream, Array.from(points, lineOf), signal),
  };
}

/** Where records are put, and for how long. */
export interface Put {
  readonly client: FirehoseSender;
  readonly clock: Clock;
  readonly random: () => number;
  readonly stream: string;
  readonly signal: AbortSignal;
}

/** One call at a time: where one fails, what it left goes first in the next, after a wait. */
async function putRecords(put: Put, records: readonly PackedRecord[]): Promise<PutReport> {
  const { clock, random, stream, signal } = put;
  const endMs = clock.nowMs() + maxElapsedMs;
  let pending = records;
  let fruitless = 0;
  let firstFailure: unknown;
  while (pending.length > 0) {
    const [call = []] = groupCalls(pending);
    const { unsent, failure, isFinal } = await sendCall(put, call);
    pending = [...unsent, ...pending.slice(call.length)];
    fruitless = unsent.length < call.length ? 0 : fruitless + 1;
    if (unsent.length === 0) continue;
    firstFailure ??= failure;
    const isOver = fruitless >= maxFruitlessTries || clock.nowMs() >= endMs || signal.aborted;
    if (isFinal || isOver) {
      const points = pending.flatMap((record) => record.points);
      throw new UnsentError(stream, points, countPoints(records), isFinal ? failure : firstFailure);
    }
    // An abort ends the wait, and then the next call at once.
    await clock.sleep(waitMs(fruitless, random()), signal).catch(() => undefined);
  }
  return { points: countPoints(records), records: records.length, billedBytes: billedBytes(records) };
}

/** What became of a call. */
export interface Sent<R> {
  readonly unsent: readonly R[];
  readonly failure?: unknown;
  /** Sending again would not help. */
  readonly isFinal: boolean;
}

/** Puts the records of one call, which is within the limits; never rejects. */
export async function sendCall<R extends Pick<PackedRecord, "bytes">>(
  { client, stream, signal }: Pick<Put, "client" | "stream" | "signal">,
  call: readonly R[],
): Promise<Sent<R>> {
  const command = new PutRecordBatchCommand({
    DeliveryStreamName: stream,
    Records: call.map(({ bytes }) => ({ Data: bytes })),
  });
  try {
    const answer = await client.send(command, { abortSignal: signal });
    const failures = call.map((_, index) => failureOf(answer, index));
    return {
      unsent: call.filter((_, index) => failures[index] !== undefined),
      failure: failures.find((failure) => failure !== undefined),
      isFinal: false,
    };
  } catch (error) {
    return { unsent: call, failure: error, isFinal: !signal.aborted && isPermanent(error) };
  }
}

/** Only a record with an id was stored: a 200 may hold failures, one entry a record, in order. */
function failureOf({ RequestResponses }: PutRecordBatchCommandOutput, index: number): Error | undefined {
  const entry = RequestResponses?.[index];
  if (entry?.RecordId !== undefined && entry.ErrorCode === undefined) return undefined;
  const failure = new Error(entry?.ErrorMessage ?? "Firehose did not say that it stored the record");
  failure.name = entry?.ErrorCode ?? "NotAcknowledged";
  return failure;
}

/** Exponential, with jitter of up to a half, so that many producers do not come back at once. */
export function waitMs(fruitless: number, random: number): number {
  return Math.min(firstWaitMs * 2 ** fruitless, maxWaitMs) * (1 - random / 2);
}

function countPoints(records: readonly PackedRecord[]): number {
  return records.reduce((sum, { points }) => sum + points.length, 0);
}

const namesShown = 5;

function countByName(points: readonly MetricPoint[]): string {
  const counts = new Map<string, number>();
  for (const { name } of points) counts.set(name, (counts.get(name) ?? 0) + 1);
  const shown = [...counts].slice(0, namesShown).map(([name, count]) => `${name.slice(0, 100)}: ${count}`);
  if (counts.size > namesShown) shown.push(`and ${counts.size - namesShown} more metrics`);
  return shown.join(", ");
}
