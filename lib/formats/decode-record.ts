import { isUtf8 } from "node:buffer";

import { gunzip, isGzip } from "../gunzip.ts";
import type { Decoded, Decoding, Part, RecordFormat, RecordText } from "./format.ts";
import { recognise } from "./index.ts";

/** A record holds at most 1,000 KiB; text that gzip makes 16 times smaller still fits. */
export const maxInflatedRecordBytes = 16 * 1024 * 1024;

/** As many parts as the shortest lines make of the largest record that is not gzip. */
const maxInflatedParts = 512_000;

/** Decodes one record, gzip or not, in the named format or the one it is told to be. Never throws. */
export function decodeRecord(record: Uint8Array, format?: RecordFormat): Decoded {
  const decoding: Decoding = { points: [], rejected: [] };
  decodeRecordInto(decoding, Buffer.from(record.buffer, record.byteOffset, record.byteLength), format);
  return decoding;
}

/** As `decodeRecord`, adding to what is decoded; answers how many bytes gzip had hidden in the record. */
export function decodeRecordInto(decoding: Decoding, record: Buffer, format?: RecordFormat): number {
  if (!isGzip(record)) {
    decodeText(decoding, toText(record), format);
    return 0;
  }
  const inflated = gunzip(record, maxInflatedRecordBytes);
  if (inflated.kind !== "inflated") {
    const { kind } = inflated;
    decoding.rejected.push({ reason: kind, detail: gzipDetails[kind], raw: record, count: 1 });
    return 0;
  }
  const { bytes } = inflated;
  const isBound = bytes.byteLength > 2 * maxInflatedParts; // what could have come without gzip is not
  if (!addParts(decoding, partsOf(toText(bytes), format), isBound ? maxInflatedParts : Infinity)) {
    const detail = `the record inflates to more than ${maxInflatedParts} points`;
    decoding.rejected.push({ reason: "too-large", detail, raw: record, count: 1 });
  }
  return bytes.byteLength;
}

const gzipDetails = {
  "too-large": `the record inflates beyond ${maxInflatedRecordBytes} bytes`,
  "not-gzip": "the record begins like gzip but does not inflate",
} as const;

/** As `decodeRecordInto` for a record whose text is known. */
export function decodeText(decoding: Decoding, record: RecordText, format?: RecordFormat): void {
  addParts(decoding, partsOf(record, format), Infinity);
}

function partsOf(record: RecordText, format = recognise(record.text)): Iterable<Part> {
  return format.decode(record);
}

/** Adds the parts, or none where there are more points or more rejections than `maxOfEach`: then false. */
function addParts({ points, rejected }: Decoding, parts: Iterable<Part>, maxOfEach: number): boolean {
  const [pointsBefore, rejectedBefore] = [points.length, rejected.length];
  for (const part of parts) {
    if ("reason" in part) rejected.push(part);
    else points.push(part);
    if (points.length - pointsBefore > maxOfEach || rejected.length - rejectedBefore > maxOfEach) {
      points.length = pointsBefore;
      rejected.length = rejectedBefore;
      return false;
    }
  }
  return true;
}

/** A replacement character is how a decoder marks what is not UTF-8; only a text that has one is looked at again. */
function toText(bytes: Buffer): RecordText {
  const text = bytes.toString("utf8");
  if (text.includes("\ufffd") && !isUtf8(bytes)) return { text: bytes.toString("latin1"), isUtf8: false };
  return { text: text.startsWith("\ufeff") ? text.slice(1) : text, isUtf8: true };
}
