import type { ScheduleConfig } from "../../lib/config.ts";
import { scheduleOf } from "../../lib/schedule.ts";

export interface Gaps {
  readonly shortestSeconds: number;
  readonly longestSeconds: number;
}

/** Always the same day, so that the same configuration gives the same template. */
const from = new Date("2026-01-01T00:00:00Z");
const ticksLookedAt = 300;

/** How far apart the ticks of a schedule are; undefined where there are not two of them. */
export function gapsOf(config: ScheduleConfig): Gaps | undefined {
  const schedule = scheduleOf(config);
  const gaps: number[] = [];
  let tick = schedule.nextAfter(from);
  while (tick !== undefined && gaps.length < ticksLookedAt) {
    const next = schedule.nextAfter(tick);
    if (next !== undefined) gaps.push((next.getTime() - tick.getTime()) / 1000);
    tick = next;
  }
  if (gaps.length === 0) return undefined;
  return { shortestSeconds: Math.min(...gaps), longestSeconds: Math.max(...gaps) };
}
