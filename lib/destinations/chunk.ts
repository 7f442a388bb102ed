import type { MetricPoint } from "../point.ts";
import type { Route } from "./destination.ts";

/** Points that go out in one request, if the service takes it. */
export interface Chunk {
  readonly route: Route;
  readonly points: readonly MetricPoint[];
}

/** Chunks of no more points than the route takes in one request, in order. */
export function cutIntoChunks(route: Route, points: readonly MetricPoint[]): Chunk[] {
  const { maxPoints } = route.limits;
  if (points.length <= maxPoints) return [{ route, points }];
  const chunks: Chunk[] = [];
  for (let from = 0; from < points.length; from += maxPoints) {
    chunks.push({ route, points: points.slice(from, from + maxPoints) });
  }
  return chunks;
}

/** Puts the parts of a chunk up for sending. */
export function divide(
  { route, points }: Chunk,
  stack: Chunk[],
  cut: (points: readonly MetricPoint[]) => Parts,
): void {
  for (const part of cut(points).toReversed()) stack.push({ route, points: part });
}

type Parts = readonly (readonly MetricPoint[])[];

export function halves(points: readonly MetricPoint[]): Parts {
  const middle = Math.ceil(points.length / 2);
  return [points.slice(0, middle), points.slice(middle)];
}

/**
 * About halves, each spread evenly over all points whatever their order: the first points found alone are then a
 * sample of all. By the bits of a Weyl sequence: https://en.wikipedia.org/wiki/Low-discrepancy_sequence
 */
export function scattered(points: readonly MetricPoint[]): Parts {
  return [0, 1].map((bit) => points.filter((_, index) => Math.imul(index, 0x9e37_79b1) >>> 31 === bit));
}
