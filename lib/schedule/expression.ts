import { readDayOfMonth, readDayOfWeek, readField, type FieldRule } from "./cron-field.ts";

/** When to collect, or what is wrong with the words for it. */
export type Expression =
  | { readonly kind: "rate"; readonly minutes: number }
  /** Seven fields, from seconds to year, as croner reads them. */
  | { readonly kind: "cron"; readonly pattern: string }
  /** `rule` is what it must be. */
  | { readonly kind: "unreadable"; readonly rule: string };

const minutesOf: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1440 };

/** A year: beyond it lies nobody's wish, and a product that a date cannot hold. */
const maxRateMinutes = 366 * 1440;

/**
 * Reads an expression of EventBridge Scheduler, but for `at(...)`, which comes only once.
 * Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
 */
export function readExpression(text: string): Expression {
  const rate = /^rate\(\s*(\d{1,9})\s+(minute|hour|day)s?\s*\)$/.exec(text);
  if (rate) return readRate(Number(rate[1]) * (minutesOf[rate[2] ?? ""] ?? 0));
  const cron = /^cron\(([^()]*)\)$/.exec(text);
  if (cron) return readCron((cron[1] ?? "").trim().split(/\s+/));
  return unreadable("rate(5 minutes), of minutes, hours or days, or cron(...) with six fields");
}

function readRate(minutes: number): Expression {
  if (minutes >= 1 && minutes <= maxRateMinutes) return { kind: "rate", minutes };
  return unreadable("a rate from 1 minute to 366 days");
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

/** Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html, cron-based schedules */
const rules = {
  minutes: { min: 0, max: 59, names: [] },
  hours: { min: 0, max: 23, names: [] },
  month: { min: 1, max: 12, names: months },
  year: { min: 1970, max: 2199, names: [] },
} satisfies Record<string, FieldRule>;

function readCron(fields: readonly string[]): Expression {
  const [minutes = "", hours = "", dayOfMonth = "", month = "", dayOfWeek = "", year = ""] = fields;
  if (fields.length !== 6) {
    return unreadable("cron(minutes hours day-of-month month day-of-week year), six fields");
  }
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) {
    return unreadable("cron(...) with ? in day-of-month or in day-of-week, and not in both");
  }
  const read = {
    "minutes 0-59": readField(minutes, rules.minutes),
    "hours 0-23": readField(hours, rules.hours),
    "day-of-month 1-31, ?, L, LW or 1W-31W": readDayOfMonth(dayOfMonth),
    "month 1-12 or JAN-DEC": readField(month, rules.month),
    "day-of-week 1-7 or SUN-SAT, ?, L, 6L (the last Friday) or 6#2 (the second)": readDayOfWeek(dayOfWeek),
    "year 1970-2199": readField(year, rules.year),
  };
  const wrong = Object.entries(read).find(([, field]) => field === undefined);
  if (wrong)
    return unreadable(`cron(...) with ${wrong[0]}; lists, ranges that go up and steps where those fit`);
  return { kind: "cron", pattern: ["0", ...Object.values(read)].join(" ") };
}

const unreadable = (rule: string): Expression => ({ kind: "unreadable", rule });
