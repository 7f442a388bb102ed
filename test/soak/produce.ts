import { setTimeout as wait } from "node:timers/promises";
import { PutRecordBatchCommand, type FirehoseClient } from "@aws-sdk/client-firehose";

import { destinationOf } from "./points.ts";
import { recordBytes } from "./records.ts";

/** Records that a producer has, and those that were acknowledged to it, each with its time. */
export interface Production {
  readonly records: number;
  /** The time in each record, by its number; 0 where it was never put. */
  readonly times: Float64Array;
  readonly acknowledged: Uint8Array;
}

interface Producing extends Production {
  readonly client: FirehoseClient;
  readonly random: () => number;
  /** At most, in a call for one destination. */
  readonly recordsACall: number;
  /** The records are put over about this time. */
  readonly durationMs: number;
  readonly deadlineMs: number;
}

const producers = 6;

/** Puts every record until it is acknowledged, a few at a time, by several producers at once. */
export async function produce(producing: Producing): Promise<void> {
  const startMs = performance.now();
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < producing.records) {
      const first = next;
      // Those of one destination: every second one.
      const count = Math.min(
        producing.records - first,
        2 * (1 + Math.floor(producing.random() * producing.recordsACall)),
      );
      next += count;
      const aheadMs = (first / producing.records) * producing.durationMs - (performance.now() - startMs);
      if (aheadMs > 0) await wait(aheadMs);
      const numbers = Array.from({ length: count }, (_, at) => first + at);
      for (const [destination, held] of Map.groupBy(numbers, destinationOf)) {
        await putAll(`hydrant-${destination}`, held, producing);
      }
    }
  };
  await Promise.all(Array.from({ length: producers }, run));
}

/** What the answer does not acknowledge, and only that, is put again. */
async function putAll(stream: string, numbers: readonly number[], producing: Producing): Promise<void> {
  const { client, times, acknowledged, deadlineMs } = producing;
  const endMs = performance.now() + deadlineMs;
  const nowSeconds = Math.floor(Date.now() / 1000);
  for (const number of numbers) times[number] = nowSeconds;
  const records = new Map(numbers.map((number) => [number, recordBytes(number, nowSeconds)]));
  while (records.size > 0 && performance.now() < endMs) {
    const call = [...records];
    const isTaken = await put(
      client,
      stream,
      call.map(([, bytes]) => bytes),
    );
    for (const [at, [number]] of call.entries()) {
      if (isTaken[at] !== true) continue;
      acknowledged[number] = 1;
      records.delete(number);
    }
    if (records.size > 0) await wait(50);
  }
}

/** Which of the records Firehose says it has. */
export async function put(
  client: FirehoseClient,
  stream: string,
  records: readonly Uint8Array[],
): Promise<readonly boolean[]> {
  const entries = records.map((bytes) => ({ Data: bytes }));
  try {
    const answer = await client.send(
      new PutRecordBatchCommand({ DeliveryStreamName: stream, Records: entries }),
    );
    return (answer.RequestResponses ?? []).map(({ RecordId }) => RecordId !== undefined);
  } catch {
    return [];
  }
}
