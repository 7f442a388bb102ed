import type { ScheduleConfig } from "../../lib/config.ts";
import { scheduleOf } from "../../lib/schedule.ts";

/** How far apart the ticks of a schedule are. */
export interface Gaps {
  readonly shortestSeconds: number;
  /** In a whole year: nights, weekends and months without a tick included. */
  readonly longestSeconds: number;
  /** How long ticks follow one another at the shortest gap. */
  readonly stretchSeconds: number;
}

/** Always the same day, so that the same configuration gives the same template. */
const fromMs = Date.UTC(2026, 0, 1);
const dayMs = 86_400_000;
const yearMs = 366 * dayMs;

/** The gaps of an expression's minutes and hours, which are all below a day, show within two days of its ticks. */
const fewestTicks = 300;
const fewestMs = 2 * dayMs;

/** The first tick after a moment; Infinity where there is none any more. */
type Next = (ms: number) => number;

/**
 * Undefined where there are not two ticks. By UTC, where no clock is ever turned back: the hour without ticks that
 * this makes once a year elsewhere is no reason to look over longer spans all year.
 */
export function gapsOf(config: ScheduleConfig): Gaps | undefined {
  const schedule = scheduleOf({ ...config, timezone: "UTC" });
  const next: Next = (ms) => schedule.nextAfter(new Date(ms))?.getTime() ?? Infinity;
  const firstMs = next(fromMs);
  const gaps = firstGaps(next, firstMs);
  if (gaps.length === 0) return undefined;
  const shortest = Math.min(...gaps);
  return {
    shortestSeconds: shortest / 1000,
    longestSeconds: longestGap(next, firstMs, Math.max(...gaps)) / 1000,
    stretchSeconds: (longestRunOf(shortest, gaps) * shortest) / 1000,
  };
}

function firstGaps(next: Next, firstMs: number): number[] {
  const gaps: number[] = [];
  let tick = firstMs;
  while (gaps.length < fewestTicks || tick < firstMs + fewestMs) {
    const following = tick === Infinity ? Infinity : next(tick);
    if (following === Infinity) break;
    gaps.push(following - tick);
    tick = following;
  }
  return gaps;
}

/** Every gap that is longer than the longest so far holds a step of that width: few ticks have to be asked for. */
function longestGap(next: Next, firstMs: number, known: number): number {
  let longest = known;
  for (let at = firstMs; at < firstMs + yearMs; at += Math.max(longest, dayMs)) {
    const end = next(at);
    if (end === Infinity) break;
    const before = end - longest - 1;
    if (next(before) === end) longest = end - lastTickBefore(end, next, [firstMs, before]);
  }
  return longest;
}

/** By halving the span that it lies in. */
function lastTickBefore(end: number, next: Next, [from, to]: readonly [number, number]): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (next(middle) === end) high = middle;
    else low = middle + 1;
  }
  return low;
}

function longestRunOf(gap: number, gaps: readonly number[]): number {
  let [run, longest] = [0, 0];
  for (const each of gaps) {
    run = each === gap ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
