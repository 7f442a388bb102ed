import { decodeRecord } from "../formats/index.ts";
import type { MetricPoint } from "../point.ts";
import { applyAttributes, areNeutral, type CommonAttributes } from "./common-attributes.ts";
import { maxBodyBytes, recordBytes, type FirehoseDelivery } from "./delivery.ts";
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

/** Decodes every record; undefined where together they inflate beyond what a delivery may hold. Never throws. */
export function decodeDelivery(
  { records }: FirehoseDelivery,
  attributes: CommonAttributes,
): DecodedDelivery | undefined {
  const points: MetricPoint[] = [];
  const firstPoints: number[] = [];
  const rejected: Kept[] = [];
  const rejectedCounts: Record<string, number> = {};
  const isNeutral = areNeutral(attributes);
  let inflatedBytes = 0;
  const reject = (kept: Kept, count: number): void => {
    rejected.push(kept);
    rejectedCounts[kept.reason] = (rejectedCounts[kept.reason] ?? 0) + count;
  };
  for (const [record, { data }] of records.entries()) {
    firstPoints.push(points.length);
    const bytes = recordBytes(data);
    if (bytes === undefined) {
      reject({ record, reason: "not-base64", detail: "the record is not base64", raw: data }, 1);
      continue;
    }
    const decoded = decodeRecord(bytes, attributes.format);
    inflatedBytes += decoded.inflatedBytes;
    if (inflatedBytes > maxBodyBytes) return undefined;
    for (const point of decoded.points) points.push(isNeutral ? point : applyAttributes(point, attributes));
    for (const { reason, detail, raw, count } of decoded.rejected)
      reject({ record, reason, detail, raw }, count);
  }
  return { points, recordOf: () => recordOf(points, firstPoints), rejected, rejectedCounts };
}

function recordOf(points: readonly MetricPoint[], firstPoints: readonly number[]): Map<MetricPoint, number> {
  const positions = new Map<MetricPoint, number>();
  for (const [record, first] of firstPoints.entries()) {
    for (const point of points.slice(first, firstPoints[record + 1])) positions.set(point, record);
  }
  return positions;
}
