import { encodePoint, hydrant } from "../formats/hydrant.ts";
import type { MetricPoint } from "../point.ts";

/** A line of text (without its line end), its format, and the points it holds. */
export interface Line {
  readonly text: string;
  readonly format: string;
  readonly points: readonly MetricPoint[];
}

export interface PackedRecord {
  readonly bytes: Uint8Array;
  readonly points: readonly MetricPoint[];
}

/** Source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_Record.html */
export const maxRecordBytes = 1_024_000;

/** Each record is billed as this many bytes or a multiple. Source: https://aws.amazon.com/firehose/pricing/ */
export const billingStepBytes = 5_120;

/**
 * Records are filled up to 20 billing steps: what rounding wastes is then about half a line in 100 KiB, under
 * 0.1 %, while a record stays a tenth of the smallest buffer (1 MiB), so that one that is lost, late or sent
 * again is never more than that.
 */
export const targetRecordBytes = 20 * billingStepBytes;

/**
 * Source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html. It does not say whether
 * the bytes are counted before or after base64; here they are counted after, which satisfies both.
 */
export const maxCallRecords = 500;
export const maxCallBytes = 4 * 1024 * 1024;

/** What a call holds besides the base64 of its records: `{"Data":""},` each, and the name of the stream. */
const entryBytes = 12;
const envelopeBytes = 256;

/** A point as a line of Hydrant's own form. */
export function lineOf(point: MetricPoint): Line {
  return { text: encodePoint(point), format: hydrant.name, points: [point] };
}

/**
 * Packs lines into records: every line once, in order, each with a line end. A record holds lines of one format
 * only, because its start tells the format of all of it.
 * @throws when a line is larger than a record may be, naming its metric.
 */
export function* packRecords(lines: Iterable<Line>): Generator<PackedRecord> {
  let held: Line[] = [];
  let heldBytes = 0;
  for (const line of lines) {
    const bytes = lineBytes(line);
    if (bytes > maxRecordBytes) throw new Error(describeTooLarge(line, bytes));
    const isFull = heldBytes + bytes > targetRecordBytes || line.format !== held[0]?.format;
    if (held.length > 0 && isFull) {
      yield toRecord(held);
      held = [];
      heldBytes = 0;
    }
    held.push(line);
    heldBytes += bytes;
  }
  if (held.length > 0) yield toRecord(held);
}

/** Groups records, in order, into as few `PutRecordBatch` calls as its limits allow. */
export function* groupCalls<R extends Pick<PackedRecord, "bytes">>(records: Iterable<R>): Generator<R[]> {
  let held: R[] = [];
  let heldBytes = envelopeBytes;
  for (const record of records) {
    const bytes = base64Bytes(record.bytes.byteLength) + entryBytes;
    if (held.length > 0 && (held.length >= maxCallRecords || heldBytes + bytes > maxCallBytes)) {
      yield held;
      held = [];
      heldBytes = envelopeBytes;
    }
    held.push(record);
    heldBytes += bytes;
  }
  if (held.length > 0) yield held;
}

/** The bytes Firehose bills for records: each rounded up on its own. */
export function billedBytes(records: Iterable<Pick<PackedRecord, "bytes">>): number {
  let billed = 0;
  for (const { bytes } of records)
    billed += Math.ceil(bytes.byteLength / billingStepBytes) * billingStepBytes;
  return billed;
}

/** The bytes of a line in a record, with its line end. */
export function lineBytes({ text }: Pick<Line, "text">): number {
  return Buffer.byteLength(text) + 1;
}

function toRecord(lines: readonly Line[]): PackedRecord {
  const text = lines.map((line) => `${line.text}\n`).join("");
  return { bytes: Buffer.from(text), points: lines.flatMap((line) => line.points) };
}

function describeTooLarge({ points }: Line, bytes: number): string {
  const name = JSON.stringify((points[0]?.name ?? "").slice(0, 100));
  return `The metric ${name} makes a line of ${bytes} bytes; a Firehose record holds at most ${maxRecordBytes}`;
}

const base64Bytes = (bytes: number): number => Math.ceil(bytes / 3) * 4;
