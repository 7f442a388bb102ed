import { decodeRecordInto, decodeText } from "../formats/decode-record.ts";
import type { Decoding, Rejected } from "../formats/format.ts";
import type { MetricPoint } from "../point.ts";
import { areNeutral, attributesApplier, type CommonAttributes } from "./common-attributes.ts";
import { asciiText, maxBodyBytes, recordBytes, type FirehoseDelivery } from "./delivery.ts";
import type { Kept } from "./kept.ts";

/** The points of a delivery, and what of it is none. */
export interface DecodedDelivery {
  readonly points: readonly MetricPoint[];
  /** The position in the delivery of the record that each point came in. */
  recordOf(): ReadonlyMap<MetricPoint, number>;
  readonly rejected: readonly Kept[];
  /** How many points there are in `rejected`, by reason. */
  readonly rejectedCounts: Readonly<Record<string, number>>;
}

/** A delivery of 64 MiB has about as many lines of usual length; parts take many times the memory of their text. */
const maxParts = 1_000_000;

/** Decodes every record; a string says why they are too much for one delivery. Never throws. */
export function decodeDelivery(
  { records }: FirehoseDelivery,
  attributes: CommonAttributes,
): DecodedDelivery | string {
  const decoding: Decoding = { points: [], rejected: [] };
  const [firstPoints, firstRejected]: [number[], number[]] = [[], []];
  let inflatedBytes = 0;
  for (const { data } of records) {
    firstPoints.push(decoding.points.length);
    firstRejected.push(decoding.rejected.length);
    const text = asciiText(data);
    const bytes = text === undefined ? recordBytes(data) : undefined;
    if (text !== undefined) decodeText(decoding, { text, isUtf8: true }, attributes.format);
    else if (bytes !== undefined) inflatedBytes += decodeRecordInto(decoding, bytes, attributes.format);
    else
      decoding.rejected.push({
        reason: "not-base64",
        detail: "the record is not base64",
        raw: data,
        count: 1,
      });
    if (inflatedBytes > maxBodyBytes) return `the records inflate beyond ${maxBodyBytes} bytes`;
    if (decoding.points.length + decoding.rejected.length > maxParts) {
      return `the records hold more than ${maxParts} points`;
    }
  }
  const { points, rejected } = decoding;
  const own = areNeutral(attributes) ? points : points.map(attributesApplier(attributes));
  const recordOfRejected = positions(rejected, firstRejected);
  return {
    points: own,
    recordOf: () => positions(own, firstPoints),
    rejected: rejected.map((each) => ({ ...each, record: recordOfRejected.get(each) ?? 0 })),
    rejectedCounts: countRejected(rejected),
  };
}

/** The record of each thing, from the position at which each record's things begin. */
function positions<Thing>(things: readonly Thing[], firsts: readonly number[]): Map<Thing, number> {
  const records = new Map<Thing, number>();
  if (things.length === 0) return records;
  for (const [record, first] of firsts.entries()) {
    for (const thing of things.slice(first, firsts[record + 1])) records.set(thing, record);
  }
  return records;
}

function countRejected(rejected: readonly Rejected[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason, count } of rejected) counts[reason] = (counts[reason] ?? 0) + count;
  return counts;
}
