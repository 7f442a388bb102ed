import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import type { PutRecordBatchCommand, PutRecordBatchCommandOutput } from "@aws-sdk/client-firehose";

import type { Destination } from "../../lib/destinations/destination.ts";
import { mackerel } from "../../lib/destinations/mackerel.ts";
import { formatErrorRecords, type ErrorRecord } from "../../lib/firehose/error-record.ts";
import type { FirehoseSender } from "../../lib/firehose/producer.ts";
import { folderStore } from "../../lib/store/folder-store.ts";
import { redrive, type RedriveParts, type RedriveRequest } from "../../lib/redrive/redrive.ts";
import type { StreamReport } from "../../lib/redrive/report.ts";
import { s3Store } from "../../lib/store/s3-store.ts";
import type { Store, StoredObject } from "../../lib/store/store.ts";
import { SkippingClock } from "./clock.ts";
import { startMoto } from "./moto.ts";

export type StoreKind = "a folder" | "S3";

/** Makes empty stores of one kind. */
export interface Stores extends AsyncDisposable {
  open(): Promise<Store>;
}

export async function startStores(kind: StoreKind): Promise<Stores> {
  if (kind === "a folder") {
    const folder = await mkdtemp(join(tmpdir(), "hydrant-redrive-"));
    let opened = 0;
    return {
      open: () => Promise.resolve(folderStore(join(folder, String(opened++)))),
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  }
  const moto = await startMoto();
  const client = new S3Client({ ...moto.client, forcePathStyle: true, maxAttempts: 1 });
  let opened = 0;
  return {
    async open() {
      const bucket = `backup-${opened++}`;
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      return s3Store(bucket, client);
    },
    async [Symbol.asyncDispose]() {
      client.destroy();
      await moto[Symbol.asyncDispose]();
    },
  };
}

export const stream = "hydrant-mackerel";
/** Later than anything a test writes, so that a stream is quiet. */
export const nowMs = Date.parse("2090-01-01T12:00:00Z");

/** A record with one metric of that name, that many hours old. */
export function failed(
  name: string,
  more: Partial<ErrorRecord> & { readonly ageHours?: number } = {},
): ErrorRecord {
  const { ageHours = 1, ...members } = more;
  const line = JSON.stringify({ name, value: 1, time: nowMs / 1000 - ageHours * 3600 });
  return {
    attemptsMade: 4,
    arrivalTimestamp: nowMs - ageHours * 3_600_000,
    errorCode: "HttpEndpoint.DestinationException",
    errorMessage: "down",
    attemptEndingTimestamp: nowMs - ageHours * 3_600_000 + 1,
    rawData: Buffer.from(`${line}\n`).toString("base64"),
    subsequenceNumber: 0,
    dataId: name,
    ...members,
  };
}

export const manyFailed = (prefix: string, count: number): ErrorRecord[] =>
  Array.from({ length: count }, (_, index) => failed(`${prefix}${index}`));

/** The key of an object that holds what failed that many hours ago. */
export function keyOf(name: string, folder = "http-endpoint-failed", ageHours = 1): string {
  const hour = new Date(nowMs - ageHours * 3_600_000).toISOString().slice(0, 13).replaceAll(/[-T]/g, "/");
  return `${stream}/${folder}/${hour}/${name}`;
}

/** A Firehose in this process that notes what it takes. */
export class MemoryFirehose implements FirehoseSender {
  /** The records that were acknowledged, as text, call by call. */
  readonly calls: string[][] = [];
  /** Whether the entry of a call, both counted from 0, is not taken. */
  refuses: (text: string, call: number) => boolean = () => false;

  get texts(): string[] {
    return this.calls.flat();
  }

  /** The names of the metrics that were put, in order. */
  get names(): string[] {
    return this.texts.map((text) => (JSON.parse(text) as { name: string }).name);
  }

  send({ input }: PutRecordBatchCommand): Promise<PutRecordBatchCommandOutput> {
    const call = this.calls.length;
    const taken: string[] = [];
    const answers = (input.Records ?? []).map(({ Data = new Uint8Array() }) => {
      const text = Buffer.from(Data).toString("utf8");
      if (this.refuses(text, call))
        return { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." };
      taken.push(text);
      return { RecordId: "id" };
    });
    this.calls.push(taken);
    const failures = answers.length - taken.length;
    return Promise.resolve({ FailedPutCount: failures, RequestResponses: answers, $metadata: {} });
  }
}

const destination: Destination = mackerel({
  apiKey: "k",
  apiUrl: "http://127.0.0.1:9",
  service: "s",
  services: [],
});

export type RunOptions = Partial<Omit<RedriveRequest, "selection">> &
  Partial<RedriveRequest["selection"]> &
  Partial<Omit<RedriveParts, "store">>;

/** A run over the stream, by a clock that nobody waits for. */
export function runRedrive(
  store: Store,
  client: FirehoseSender,
  options: RunOptions = {},
): Promise<StreamReport> {
  const {
    sinceMs,
    untilMs,
    codes = [],
    reasons = [],
    isDryRun = false,
    isForced = false,
    ...parts
  } = options;
  return redrive(
    { stream, selection: { sinceMs, untilMs, codes, reasons }, isDryRun, isForced },
    {
      store,
      client,
      clock: new SkippingClock(nowMs),
      random: () => 0,
      destination,
      quietMs: 300_000,
      lastFailureMs: () => Promise.resolve(undefined),
      stop: new AbortController().signal,
      ...parts,
    },
  );
}

export const writeObject = (store: Store, key: string, records: readonly ErrorRecord[]): Promise<void> =>
  store.write(key, formatErrorRecords(records));

/** Every object of a store with its text. */
export async function contentsOf(store: Store): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const { key } of await listed(store)) contents[key] = (await store.readText(key)) ?? "";
  return contents;
}

export async function listed(store: Store, prefix = ""): Promise<StoredObject[]> {
  return await allOf(store.list(prefix));
}

/** The keys of a store, but for what redrive keeps for itself. */
export async function keysOf(store: Store): Promise<string[]> {
  return (await listed(store)).map(({ key }) => key).filter((key) => !key.startsWith("redrive/"));
}

export async function allOf<T>(things: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const thing of things) all.push(thing);
  return all;
}
