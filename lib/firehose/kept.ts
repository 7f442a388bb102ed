import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

import type { Refused } from "../destinations/plan.ts";
import { encodePoint } from "../formats/hydrant.ts";
import type { MetricPoint } from "../point.ts";
import { maxRecordBytes } from "./pack.ts";
import { datePath, formatErrorRecords, type ErrorRecord } from "./error-record.ts";

/** A part of a record to keep because no destination can take it, or not any more. */
export interface Kept {
  /** Position of the record in its delivery. */
  readonly record: number;
  readonly reason: string;
  readonly detail: string;
  readonly raw: string | Uint8Array;
}

/** What the kept parts belong to. */
export interface Origin {
  readonly stream: string;
  readonly requestId: string;
  /** When Firehose made the delivery: the same for all its attempts, as far as Firehose says. */
  readonly timestampMs: number;
  readonly nowMs: number;
}

type RefusedPoint = Refused<string>;

export type KeptFolder = "rejected" | "expired";

/** The key of a delivery's kept parts: the same request always writes the same object. */
export function keptKey(folder: KeptFolder, { stream, requestId, timestampMs }: Origin): string {
  const id = /^[A-Za-z0-9-]{1,64}$/.test(requestId)
    ? requestId
    : createHash("sha256").update(requestId).digest("hex");
  return `${stream}/${folder}/${datePath(timestampMs)}/${stream}-${id}`;
}

/** The object that keeps them: for each record and reason an error record with the refused lines as they came in. */
export function keptObject(kept: readonly Kept[], origin: Origin): string {
  const groups = Map.groupBy(kept, ({ record, reason }) => `${record} ${reason}`);
  const pieces = [...groups.values()].flatMap(fitPieces);
  return formatErrorRecords(pieces.map((piece, index) => toErrorRecord(piece, origin, index)));
}

interface Piece {
  readonly first: Kept | undefined;
  readonly bytes: Buffer;
}

/** Lines that came in gzip may be too many for a record: they go back as gzip, in several where that does not do. */
function fitPieces(lines: readonly Kept[]): readonly Piece[] {
  const text = join(lines.map(({ raw }) => raw));
  const bytes = text.byteLength > maxRecordBytes ? gzipSync(text) : text;
  if (bytes.byteLength <= maxRecordBytes || lines.length === 1) return [{ first: lines[0], bytes }];
  const middle = lines.length >> 1;
  return [...fitPieces(lines.slice(0, middle)), ...fitPieces(lines.slice(middle))];
}

function toErrorRecord({ first, bytes }: Piece, origin: Origin, index: number): ErrorRecord {
  return {
    attemptsMade: 1,
    arrivalTimestamp: origin.timestampMs,
    errorCode: first?.reason ?? "",
    errorMessage: first?.detail ?? "",
    attemptEndingTimestamp: origin.nowMs,
    rawData: bytes.toString("base64"),
    subsequenceNumber: index,
    dataId: `${origin.requestId}.${first?.record ?? 0}`,
  };
}

function join(parts: readonly (string | Uint8Array)[]): Buffer {
  if (parts.every((part) => typeof part === "string")) return Buffer.from(parts.join("\n"));
  const lines = parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part));
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [newline, line])));
}

const newline = Buffer.from("\n");

/** The parts of their records that hold refused points: their lines, or a shared text with just these points in it. */
export function keptPoints(
  refused: readonly RefusedPoint[],
  recordOf: ReadonlyMap<MetricPoint, number>,
): Kept[] {
  const kept: Kept[] = [];
  const shared: RefusedPoint[] = [];
  for (const each of refused) {
    const { point, reason, detail } = each;
    if (typeof point.source === "function") shared.push(each);
    else
      kept.push({
        record: recordOf.get(point) ?? 0,
        reason,
        detail,
        raw: point.source ?? encodePoint(point),
      });
  }
  for (const [source, ofSource] of Map.groupBy(shared, ({ point }) => point.source)) {
    for (const [reason, held] of Map.groupBy(ofSource, (each) => each.reason)) {
      const points = held.map(({ point }) => point);
      const [first] = held;
      if (first === undefined || typeof source !== "function") continue;
      kept.push({
        record: recordOf.get(first.point) ?? 0,
        reason,
        detail: first.detail,
        raw: source(points),
      });
    }
  }
  return kept;
}
