import { isUtf8 } from "node:buffer";

import { gunzip, isGzip } from "../gunzip.ts";
import type { RejectReason } from "../point.ts";
import { datadogSeries } from "./datadog.ts";
import type { Decoded, RecordFormat, RecordText } from "./format.ts";
import { hydrant } from "./hydrant.ts";
import { mackerelText } from "./mackerel.ts";

interface FormatRule {
  readonly format: RecordFormat;
  /** A record whose text matches is of this format; absent where the format has to be named. */
  readonly startsLike?: RegExp;
}

/** How a record's format is told: the first rule whose pattern fits the start of its text. */
const rules: readonly FormatRule[] = [
  { format: datadogSeries, startsLike: /^\s*\{\s*"series"\s*:/ },
  { format: hydrant, startsLike: /^\s*[[{]/ },
  { format: mackerelText, startsLike: /^/ },
];

/** Every format by the name that the common attribute `format` takes. */
export const formats: ReadonlyMap<string, RecordFormat> = new Map(
  rules.map(({ format }) => [format.name, format]),
);

/** Tells a record's format by the start of its text; never by trying one after another. */
export function recognise(text: string): RecordFormat {
  return rules.find(({ startsLike }) => startsLike?.test(text))?.format ?? mackerelText;
}

/** A record holds at most 1,000 KiB; text that gzip makes 16 times smaller still fits. */
export const maxInflatedRecordBytes = 16 * 1024 * 1024;

/** Decodes one record, gzip or not, in the named format or the one it is told to be. Never throws. */
export function decodeRecord(
  record: Uint8Array,
  format?: RecordFormat,
): Decoded & { readonly inflatedBytes: number } {
  if (!isGzip(record)) return { ...decodeText(record, format), inflatedBytes: 0 };
  const inflated = gunzip(record, maxInflatedRecordBytes);
  switch (inflated.kind) {
    case "inflated":
      return { ...decodeText(inflated.bytes, format), inflatedBytes: inflated.bytes.byteLength };
    case "too-large":
      return refuse("too-large", `the record inflates beyond ${maxInflatedRecordBytes} bytes`, record);
    case "broken":
      return refuse("not-gzip", "the record begins like gzip but does not inflate", record);
    default:
      return inflated satisfies never;
  }
}

function decodeText(bytes: Uint8Array, format?: RecordFormat): Decoded {
  const record = toText(bytes);
  return (format ?? recognise(record.text)).decode(record);
}

function toText(bytes: Uint8Array): RecordText {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isUtf8(buffer)) return { text: buffer.toString("latin1"), isUtf8: false };
  const hasByteOrderMark = buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf;
  return { text: buffer.toString("utf8", hasByteOrderMark ? 3 : 0), isUtf8: true };
}

function refuse(reason: RejectReason, detail: string, raw: Uint8Array): ReturnType<typeof decodeRecord> {
  return { points: [], rejected: [{ reason, detail, raw, count: 1 }], inflatedBytes: 0 };
}
