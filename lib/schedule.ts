import { Cron } from "croner";
import type { ScheduleConfig } from "./config/schedule.ts";
import { readExpression } from "./schedule/expression.ts";

export interface Schedule {
  /** The first moment after this one; undefined where there is none any more. */
  nextAfter(date: Date): Date | undefined;
}

/**
 * The moments of an expression of EventBridge Scheduler.
 * @throws when the expression cannot be read; a configuration that was read holds none of those.
 */
export function scheduleOf({ expression, timezone }: ScheduleConfig): Schedule {
  const outcome = readExpression(expression);
  if (outcome.kind === "unreadable") throw new Error(`the schedule must be ${outcome.rule}`);
  return outcome.kind === "rate" ? rateOf(outcome.minutes) : cronOf(outcome.pattern, timezone);
}

/** Counted from the epoch on, so that a restart keeps to the same moments. */
function rateOf(minutes: number): Schedule {
  const intervalMs = minutes * 60_000;
  return {
    nextAfter: (date) => new Date((Math.floor(date.getTime() / intervalMs) + 1) * intervalMs),
  };
}

/**
 * As EventBridge Scheduler does when clocks change: what falls into the hour that is missing is left out, and what
 * falls into the hour that comes twice happens only the first time; croner alone would catch up and repeat.
 * Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html, daylight savings time
 */
function cronOf(pattern: string, timezone: string): Schedule {
  const options = { timezone, mode: "7-part", alternativeWeekdays: true, paused: true } as const;
  const cron = new Cron(pattern, options);
  const wallClock = wallClockOf(timezone);
  return {
    nextAfter(date) {
      let next = cron.nextRun(date);
      while (next !== null && (wallClock.isRepeated(next) || !cron.match(next))) next = cron.nextRun(next);
      return next ?? undefined;
    },
  };
}

interface WallClock {
  /** Whether clocks in the zone showed the same before, because they were turned back. */
  isRepeated(date: Date): boolean;
}

/** Clocks are nowhere turned back by more. */
const maxTurnBackMs = 3 * 3_600_000;
const quarterMs = 15 * 60_000;

function wallClockOf(timeZone: string): WallClock {
  const format = new Intl.DateTimeFormat("en-US", { timeZone, dateStyle: "short", timeStyle: "short" });
  return {
    isRepeated(date) {
      const shown = format.format(date);
      for (let backMs = quarterMs; backMs <= maxTurnBackMs; backMs += quarterMs) {
        if (format.format(date.getTime() - backMs) === shown) return true;
      }
      return false;
    },
  };
}
