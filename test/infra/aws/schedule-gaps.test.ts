import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { gapsOf, type Gaps } from "../../../infra/aws/schedule-gaps.ts";
import { scheduleOf } from "../../../lib/schedule.ts";
import { runs } from "../../support/runs.ts";

const gaps = (expression: string): Gaps | undefined => gapsOf({ expression, timezone: "Europe/Berlin" });
const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

const some = (values: readonly (number | string)[], maxLength: number): fc.Arbitrary<string> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength }).map((each) => each.join(","));

describe("the gaps of a schedule", () => {
  it.each([
    ["rate(1 minute)", minute, minute],
    ["rate(5 minutes)", 5 * minute, 5 * minute],
    ["cron(0 9,17 ? * MON-FRI *)", 8 * hour, 64 * hour],
    ["cron(0/7 * * * ? *)", 4 * minute, 7 * minute],
    ["cron(0 9 1 * ? *)", 28 * day, 31 * day],
    ["cron(0 0 1 1 ? *)", 365 * day, 366 * day],
  ])("are as long as its words say: %s", (expression, shortestSeconds, longestSeconds) => {
    expect(gaps(expression)).toMatchObject({ shortestSeconds, longestSeconds });
  });

  it.each([
    ["cron(0/5 * ? * MON-FRI *)", 5 * minute, 2 * day + 5 * minute],
    ["cron(0/5 * ? * MON-SAT *)", 5 * minute, day + 5 * minute],
    ["cron(* 9-17 ? * MON-FRI *)", minute, 2 * day + 15 * hour + minute],
    ["cron(* 9-17 * * ? *)", minute, 15 * hour + minute],
    ["cron(0/5 * ? 3-10 MON-FRI *)", 5 * minute, 121 * day + 5 * minute],
  ])("hold its nights, weekends and winters: %s", (expression, shortestSeconds, longestSeconds) => {
    expect(gaps(expression)).toMatchObject({ shortestSeconds, longestSeconds });
  });

  it("are not there where there are not two ticks", () => {
    expect(gaps("cron(0 0 1 1 ? 1999)")).toBeUndefined();
    expect(gaps("cron(0 0 1 1 ? 2027)")).toBeUndefined();
  });

  it("follow one another at the shortest for as long as a day's ticks do", () => {
    expect(gaps("cron(0-4 9 * * ? *)")?.stretchSeconds).toBe(4 * minute);
    expect(gaps("cron(0/5 9-17 ? * MON-FRI *)")?.stretchSeconds).toBe(9 * hour - 5 * minute);
  });

  it("are found without a look at every tick: the longest is that of a whole year", () => {
    const hours = some([0, 1, 7, 12, 22, 23], 3);
    const weekdays = some(["SUN", "MON", "WED", "FRI", "SAT"], 5);
    const months = fc.oneof(fc.constant("*"), some([1, 2, 6, 12], 3));
    const property = fc.property(hours, weekdays, months, (inHours, onDays, inMonths) => {
      const expression = `cron(0,59 ${inHours} ? ${inMonths} ${onDays} *)`;
      const schedule = scheduleOf({ expression, timezone: "UTC" });
      let [tick, longest] = [schedule.nextAfter(new Date("2026-01-01T00:00:00Z")), 0];
      const untilMs = (tick?.getTime() ?? 0) + 366 * day * 1000;
      for (let ticks = 0; tick !== undefined && (ticks < 300 || tick.getTime() < untilMs); ticks++) {
        const next = schedule.nextAfter(tick);
        longest = Math.max(longest, ((next?.getTime() ?? 0) - tick.getTime()) / 1000);
        tick = next;
      }
      expect([expression, gaps(expression)?.longestSeconds]).toEqual([expression, longest]);
    });
    fc.assert(property, { numRuns: runs(15) });
  });
});
