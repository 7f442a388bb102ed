import type { Destination } from "../destinations/destination.ts";
import { decodeRecord } from "../formats/decode-record.ts";

/** What a record is to a destination at this moment. */
export interface Look {
  /** How many points it holds, those that cannot be read too. */
  readonly points: number;
  /** How many of them the destination would drop in silence by now. */
  readonly outside: number;
  /** Where that is all of them: why. */
  readonly expiry?: { readonly reason: string; readonly detail: string } | undefined;
}

/** Looks at a record as the endpoint will; without a destination, as one that takes everything. Never throws. */
export function lookAt(bytes: Uint8Array, destination: Destination | undefined, nowMs: number): Look {
  const { points, rejected } = decodeRecord(bytes);
  const unreadable = rejected.reduce((sum, { count }) => sum + count, 0);
  let outside = 0;
  let expiry: Look["expiry"];
  for (const point of points) {
    const placement = destination?.place(point, nowMs);
    if (placement?.kind !== "expired") continue;
    outside += 1;
    expiry ??= placement;
  }
  const isAll = outside > 0 && outside === points.length;
  return { points: points.length + unreadable, outside, expiry: isAll ? expiry : undefined };
}
