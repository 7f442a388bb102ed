import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { scheduleOf } from "../../lib/schedule.ts";
import { everComes } from "../../lib/schedule/ever-comes.ts";
import { readExpression } from "../../lib/schedule/expression.ts";
import { runs } from "../support/runs.ts";

/** The next moments after one, as ISO 8601 in UTC. */
function momentsOf(expression: string, from: string, count: number, timezone = "UTC"): string[] {
  const schedule = scheduleOf({ expression, timezone });
  const moments: string[] = [];
  let next = schedule.nextAfter(new Date(from));
  while (next !== undefined && moments.length < count) {
    moments.push(next.toISOString().replace(":00.000Z", ""));
    next = schedule.nextAfter(next);
  }
  return moments;
}

describe("a rate", () => {
  it.each([
    ["rate(5 minutes)", ["2026-03-04T05:10", "2026-03-04T05:15"]],
    ["rate(1 minute)", ["2026-03-04T05:08", "2026-03-04T05:09"]],
    ["rate(1 minutes)", ["2026-03-04T05:08", "2026-03-04T05:09"]],
    ["rate(2 hours)", ["2026-03-04T06:00", "2026-03-04T08:00"]],
    ["rate(1 day)", ["2026-03-05T00:00", "2026-03-06T00:00"]],
  ])("%s comes at the same moments whenever one starts to count", (expression, moments) => {
    expect(momentsOf(expression, "2026-03-04T05:07:08.009Z", 2)).toEqual(moments);
    expect(momentsOf(expression, "2026-03-04T05:07:59.999Z", 2)).toEqual(moments);
  });

  it("comes after a moment, never at it", () => {
    expect(momentsOf("rate(5 minutes)", "2026-03-04T05:10:00.000Z", 1)).toEqual(["2026-03-04T05:15"]);
  });
});

describe("a cron expression", () => {
  const rows: [string, string[]][] = [
    ["cron(0 10 * * ? *)", ["2026-03-04T10:00", "2026-03-05T10:00"]],
    ["cron(0/15 * * * ? *)", ["2026-03-04T05:15", "2026-03-04T05:30"]],
    ["cron(*/20 5 * * ? *)", ["2026-03-04T05:20", "2026-03-04T05:40"]],
    ["cron(1/10 5 ? * * *)", ["2026-03-04T05:11", "2026-03-04T05:21"]],
    ["cron(0 18 ? * MON-FRI *)", ["2026-03-04T18:00", "2026-03-05T18:00"]],
    ["cron(0 18 ? * 2-6 *)", ["2026-03-04T18:00", "2026-03-05T18:00"]],
    ["cron(0 9 ? * SUN *)", ["2026-03-08T09:00", "2026-03-15T09:00"]],
    ["cron(0 9 ? * 1 *)", ["2026-03-08T09:00", "2026-03-15T09:00"]],
    ["cron(0 9 ? * 7 *)", ["2026-03-07T09:00", "2026-03-14T09:00"]],
    ["cron(0 9 ? * L *)", ["2026-03-07T09:00", "2026-03-14T09:00"]],
    ["cron(15 10 ? * 6L 2026-2027)", ["2026-03-27T10:15", "2026-04-24T10:15"]],
    ["cron(15 10 ? * FRIL *)", ["2026-03-27T10:15", "2026-04-24T10:15"]],
    ["cron(0 9 ? * 3#2 *)", ["2026-03-10T09:00", "2026-04-14T09:00"]],
    ["cron(0 9 ? * TUE#5 *)", ["2026-03-31T09:00", "2026-06-30T09:00"]],
    ["cron(0 0 L * ? *)", ["2026-03-31T00:00", "2026-04-30T00:00"]],
    ["cron(0 0 LW * ? *)", ["2026-03-31T00:00", "2026-04-30T00:00"]],
    ["cron(0 0 15W * ? *)", ["2026-03-16T00:00", "2026-04-15T00:00"]],
    ["cron(0 0 1W * ? *)", ["2026-04-01T00:00", "2026-05-01T00:00"]],
    ["cron(0 0 31 * ? *)", ["2026-03-31T00:00", "2026-05-31T00:00"]],
    ["cron(0 0 29 FEB ? *)", ["2028-02-29T00:00", "2032-02-29T00:00"]],
    ["cron(5,35 14 1-7,20 jan,MAR ? *)", ["2026-03-04T14:05", "2026-03-04T14:35"]],
    ["cron(0 0 1 1 ? 2027)", ["2027-01-01T00:00"]],
    ["cron(0 0 1 1 ? 2028/2)", ["2028-01-01T00:00", "2030-01-01T00:00"]],
    ["cron(0 0 1 1 ? 2020)", []],
    ["cron(0 0 31 2 ? *)", []],
    ["cron( 0  10 * * ? * )", ["2026-03-04T10:00", "2026-03-05T10:00"]],
  ];
  it.each(rows)("%s", (expression, moments) => {
    expect(momentsOf(expression, "2026-03-04T05:07:08.009Z", 2)).toEqual(moments);
  });

  it("is of its time zone", () => {
    expect(momentsOf("cron(0 9 * * ? *)", "2026-03-04T05:00:00Z", 2, "Asia/Tokyo")).toEqual([
      "2026-03-05T00:00",
      "2026-03-06T00:00",
    ]);
    expect(momentsOf("cron(30 9 * * ? *)", "2026-03-04T00:00:00Z", 1, "Asia/Kolkata")).toEqual([
      "2026-03-04T04:00",
    ]);
  });
});

describe("when clocks change", () => {
  const zone = "Europe/Berlin";
  it.each([
    ["cron(30 2 * * ? *)", "2026-03-28T12:00:00Z", ["2026-03-30T00:30", "2026-03-31T00:30"]],
    ["cron(0 2 * * ? *)", "2026-03-28T12:00:00Z", ["2026-03-30T00:00", "2026-03-31T00:00"]],
    ["cron(0 3 * * ? *)", "2026-03-28T12:00:00Z", ["2026-03-29T01:00", "2026-03-30T01:00"]],
    ["cron(0/30 1-3 * * ? *)", "2026-03-29T00:15:00Z", ["2026-03-29T00:30", "2026-03-29T01:00"]],
  ])("forward, %s leaves out what is missing", (expression, from, moments) => {
    expect(momentsOf(expression, from, 2, zone)).toEqual(moments);
  });

  it.each([
    ["cron(30 2 * * ? *)", "2026-10-24T12:00:00Z", ["2026-10-25T00:30", "2026-10-26T01:30"]],
    [
      "cron(0/30 2 * * ? *)",
      "2026-10-24T12:00:00Z",
      ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-26T01:00"],
    ],
    ["cron(0 * * * ? *)", "2026-10-24T23:30:00Z", ["2026-10-25T00:00", "2026-10-25T02:00"]],
  ])("back, %s does not come again", (expression, from, moments) => {
    expect(momentsOf(expression, from, moments.length, zone)).toEqual(moments);
  });

  it("a rate goes on as before", () => {
    const moments = momentsOf("rate(30 minutes)", "2026-10-25T00:15:00Z", 4, zone);
    expect(moments).toEqual(["2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30", "2026-10-25T02:00"]);
  });

  it("by half an hour, what comes twice happens once", () => {
    const moments = momentsOf("cron(0/15 1 * * ? *)", "2026-04-04T13:55:00Z", 5, "Australia/Lord_Howe");
    expect(moments).toEqual([
      "2026-04-04T14:00",
      "2026-04-04T14:15",
      "2026-04-04T14:30",
      "2026-04-04T14:45",
      "2026-04-05T14:30",
    ]);
  });
});

function comes(expression: string): boolean {
  const read = readExpression(expression);
  if (read.kind !== "cron") throw new Error(`${expression} is no cron expression`);
  return everComes(read.pattern);
}

describe("a pattern ever comes", () => {
  it.each([
    ["cron(0 9 1 1 ? 2020)", false],
    ["cron(0 9 ? * MON 1970-2025)", false],
    ["cron(0 9 1 1 ? 2021-2025/2,2022)", false],
    ["cron(0 9 31 2,4,SEP ? *)", false],
    ["cron(0 9 30,31 FEB ? *)", false],
    ["cron(0 9 29 2 ? 2027)", false],
    ["cron(0 9 29 2 ? 2027/1)", true],
    ["cron(0 9 1 1 ? 2019/7)", true],
    ["cron(0 9 31 4-5 ? *)", true],
    ["cron(0 9 L 2 ? 2020,2026)", true],
    ["cron(0 9 15W */6 ? *)", true],
    ["cron(0 9 ? * 2#5 *)", true],
    ["cron(0/5 * * * ? *)", true],
  ])("%s: %j, as its moments say", (expression, isComing) => {
    expect(comes(expression)).toBe(isComing);
    expect(momentsOf(expression, "2025-12-31T23:59:59Z", 1)).toHaveLength(isComing ? 1 : 0);
  });
});

describe("what is no schedule", () => {
  it.each([
    ["", "rate(5 minutes)"],
    ["5 minutes", "rate(5 minutes)"],
    ["rate(0 minutes)", "from 1 minute"],
    ["rate(-1 minutes)", "rate(5 minutes)"],
    ["rate(5 seconds)", "of minutes, hours or days"],
    ["rate(1.5 hours)", "of minutes, hours or days"],
    ["rate(367 days)", "to 366 days"],
    ["at(2026-01-01T00:00:00)", "rate(5 minutes)"],
    ["*/5 * * * *", "cron(...)"],
    ["cron(*/5 * * * *)", "six fields"],
    ["cron(0 0 10 * * ? *)", "six fields"],
    ["cron(0 10 * * * *)", "? in day-of-month or in day-of-week"],
    ["cron(0 10 ? * ? *)", "not in both"],
    ["cron(60 10 * * ? *)", "minutes 0-59"],
    ["cron(? 10 * * ? *)", "minutes 0-59"],
    ["cron(0 24 * * ? *)", "hours 0-23"],
    ["cron(0 22-2 * * ? *)", "hours 0-23"],
    ["cron(0 10 32 * ? *)", "day-of-month 1-31"],
    ["cron(0 10 L-3 * ? *)", "day-of-month 1-31"],
    ["cron(0 10 15W,20 * ? *)", "day-of-month 1-31"],
    ["cron(0 10 * 13 ? *)", "month 1-12"],
    ["cron(0 10 * JANUARY ? *)", "month 1-12"],
    ["cron(0 10 ? * 0 *)", "day-of-week 1-7"],
    ["cron(0 10 ? * 8 *)", "day-of-week 1-7"],
    ["cron(0 10 ? * 3#6 *)", "day-of-week 1-7"],
    ["cron(0 10 ? * 3#1,6#3 *)", "day-of-week 1-7"],
    ["cron(0 10 * * ? 1969)", "year 1970-2199"],
    ["cron(0 10 * * ? 2200)", "year 1970-2199"],
    ["cron(0/0 10 * * ? *)", "minutes 0-59"],
    ["cron(0/ 10 * * ? *)", "minutes 0-59"],
    ["cron(, 10 * * ? *)", "minutes 0-59"],
  ])("%j is refused with what it must be", (text, words) => {
    expect(readExpression(text)).toEqual({ kind: "unreadable", rule: expect.stringContaining(words) });
  });

  it("is told from one for any text, and every one that is taken has moments or none, in order", () => {
    const word = fc.constantFrom(
      "*",
      "?",
      "L",
      "W",
      "LW",
      "5W",
      "1",
      "31",
      "2#1",
      "6L",
      "MON",
      "JAN",
      "0",
      "1-5",
      "*/2",
      "3/4",
      "x",
      "2030",
      "1,2",
    );
    const cron = fc.array(word, { minLength: 5, maxLength: 7 }).map((words) => `cron(${words.join(" ")})`);
    fc.assert(
      fc.property(fc.oneof(cron, fc.string()), (expression) => {
        if (readExpression(expression).kind === "unreadable") return;
        const moments = momentsOf(expression, "2026-03-04T05:07:08.009Z", 3);
        expect(moments).toEqual(moments.toSorted());
      }),
      { numRuns: runs(2_000) },
    );
  });
});

/** A field as the values it names. */
interface Field {
  readonly text: string;
  readonly has: (value: number) => boolean;
}

function fieldOf(min: number, max: number): fc.Arbitrary<Field> {
  const value = fc.integer({ min, max });
  return fc.oneof(
    fc.constant<Field>({ text: "*", has: () => true }),
    fc.uniqueArray(value, { minLength: 1, maxLength: 4 }).map((values) => ({
      text: values.join(","),
      has: (each: number) => values.includes(each),
    })),
    fc.tuple(value, value).map(([one, other]) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      return { text: `${from}-${to}`, has: (each: number) => each >= from && each <= to };
    }),
    fc.tuple(value, fc.integer({ min: 1, max: 20 })).map(([from, step]) => ({
      text: `${from}/${Math.min(step, max)}`,
      has: (each: number) => each >= from && (each - from) % Math.min(step, max) === 0,
    })),
  );
}

describe("any plain cron expression", () => {
  it("comes next when a search minute by minute says", () => {
    const fields = fc.record({
      minutes: fieldOf(0, 59),
      hours: fieldOf(0, 23),
      days: fieldOf(1, 31),
      weekdays: fieldOf(1, 7),
      isByWeekday: fc.boolean(),
    });
    const from = fc.date({ min: new Date("2024-01-01"), max: new Date("2030-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(fields, from, ({ minutes, hours, days, weekdays, isByWeekday }, start) => {
        const day = isByWeekday ? `? * ${weekdays.text}` : `${days.text} * ?`;
        const schedule = scheduleOf({
          expression: `cron(${minutes.text} ${hours.text} ${day} *)`,
          timezone: "UTC",
        });
        let ms = Math.floor(start.getTime() / 60_000) * 60_000 + 60_000;
        const isDay = (date: Date): boolean =>
          isByWeekday ? weekdays.has(date.getUTCDay() + 1) : days.has(date.getUTCDate());
        const isIt = (date: Date): boolean =>
          minutes.has(date.getUTCMinutes()) && hours.has(date.getUTCHours()) && isDay(date);
        while (!isIt(new Date(ms))) ms += 60_000;
        expect(schedule.nextAfter(start)?.toISOString()).toBe(new Date(ms).toISOString());
      }),
      { numRuns: runs(200) },
    );
  });
});
