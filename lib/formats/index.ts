import { isUtf8 } from "node:buffer";

import { gunzip, isGzip } from "../gunzip.ts";
import { datadogSeries } from "./datadog.ts";
import type { Decoded, Decoding, RecordFormat, RecordText } from "./format.ts";
import { hydrant } from "./hydrant.ts";
import { mackerelText } from "./mackerel.ts";

interface FormatRule {
  readonly format: RecordFormat;
  /** How its text starts; absent where the format has to be named. */
  readonly startsLike?: RegExp;
}

/** How a record's format is told: the first rule that fits its first telling line. */
const rules: readonly FormatRule[] = [
  { format: datadogSeries, startsLike: /^\s*\{\s*"series"\s*:/ },
  { format: hydrant, startsLike: /^\s*[[{]/ },
  { format: mackerelText, startsLike: /^/ },
];

/** A line of JSON or of `name value time`: a broken one before it must not have it read as something else. */
const tellingLine = /^[\t ]*(?:[[{]|[\w.-]+[\t ]+[-+.\d]\S*[\t ]+[-+.\d]\S*[\t\r ]*$)/m;

/** Every format by the name that the common attribute `format` takes. */
export const formats: ReadonlyMap<string, RecordFormat> = new Map(
  rules.map(({ format }) => [format.name, format]),
);

/** Tells a record's format by how its first telling line starts; never by trying one after another. */
export function recognise(text: string): RecordFormat {
  const telling = text.slice(Math.max(0, text.search(tellingLine)));
  return rules.find(({ startsLike }) => startsLike?.test(telling))?.format ?? mackerelText;
}

/** A record holds at most 1,000 KiB; text that gzip makes 16 times smaller still fits. */
export const maxInflatedRecordBytes = 16 * 1024 * 1024;

/** As many parts as the shortest lines make of the largest record that is not gzip. */
const maxInflatedParts = 512_000;

/** A list that stops whoever would make it longer than that. */
class CappedList<Part> extends Array<Part> {
  override push(part: Part): number {
    if (this.length >= maxInflatedParts) throw new RangeError("too many parts");
    return super.push(part);
  }
}

/** Decodes one record, gzip or not, in the named format or the one it is told to be. Never throws. */
export function decodeRecord(record: Uint8Array, format?: RecordFormat): Decoded {
  const decoding: Decoding = { points: [], rejected: [] };
  decodeRecordInto(decoding, Buffer.from(record.buffer, record.byteOffset, record.byteLength), format);
  return decoding;
}

/** As `decodeRecord`, adding to what is decoded; answers how many bytes gzip had hidden in the record. */
export function decodeRecordInto(into: Decoding, record: Buffer, format?: RecordFormat): number {
  if (!isGzip(record)) {
    decodeText(into, toText(record), format);
    return 0;
  }
  const inflated = gunzip(record, maxInflatedRecordBytes);
  if (inflated.kind === "inflated") {
    if (!decodeInflated(into, inflated.bytes, format)) {
      const detail = `the record inflates to more than ${maxInflatedParts} points`;
      into.rejected.push({ reason: "too-large", detail, raw: record, count: 1 });
    }
    return inflated.bytes.byteLength;
  }
  const detail = {
    "too-large": `the record inflates beyond ${maxInflatedRecordBytes} bytes`,
    "not-gzip": "the record begins like gzip but does not inflate",
  }[inflated.kind];
  into.rejected.push({ reason: inflated.kind, detail, raw: record, count: 1 });
  return 0;
}

/** Adds all that the text holds, or, where that is far too much, nothing: then false. */
function decodeInflated(into: Decoding, bytes: Buffer, format?: RecordFormat): boolean {
  if (bytes.byteLength <= 2 * maxInflatedParts) {
    decodeText(into, toText(bytes), format);
    return true;
  }
  const capped: Decoding = { points: new CappedList(), rejected: new CappedList() };
  try {
    decodeText(capped, toText(bytes), format);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
  for (const point of capped.points) into.points.push(point);
  for (const rejected of capped.rejected) into.rejected.push(rejected);
  return true;
}

/** As `decodeRecordInto` for a record whose text is known. */
export function decodeText(into: Decoding, record: RecordText, format?: RecordFormat): void {
  (format ?? recognise(record.text)).decode(record, into);
}

/** A replacement character is how a decoder marks what is not UTF-8; only a text that has one is looked at again. */
function toText(bytes: Buffer): RecordText {
  const text = bytes.toString("utf8");
  if (text.includes("\ufffd") && !isUtf8(bytes)) return { text: bytes.toString("latin1"), isUtf8: false };
  return { text: text.startsWith("\ufeff") ? text.slice(1) : text, isUtf8: true };
}
