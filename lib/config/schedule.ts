import { everComes } from "../schedule/ever-comes.ts";
import { readExpression } from "../schedule/expression.ts";
import type { Reader } from "./reader.ts";

export interface ScheduleConfig {
  /** As EventBridge Scheduler has it: `rate(5 minutes)` or `cron(...)`. */
  readonly expression: string;
  /** IANA. */
  readonly timezone: string;
}

export function readSchedule(read: Reader): ScheduleConfig {
  const expression = read.text("COLLECT_SCHEDULE") ?? "rate(5 minutes)";
  const timezone = read.text("COLLECT_TIMEZONE") ?? "UTC";
  const outcome = readExpression(expression);
  if (outcome.kind === "unreadable") {
    read.problems.push(`COLLECT_SCHEDULE must be ${outcome.rule}; it is ${JSON.stringify(expression)}`);
  }
  if (outcome.kind === "cron" && !everComes(outcome.pattern)) {
    const shown = JSON.stringify(expression);
    read.problems.push(
      `COLLECT_SCHEDULE must be a schedule that is still to come; it is ${shown}, which never comes`,
    );
  }
  if (!isTimezone(timezone)) {
    const shown = JSON.stringify(timezone);
    read.problems.push(`COLLECT_TIMEZONE must be a time zone such as UTC or Asia/Tokyo; it is ${shown}`);
  }
  return { expression, timezone };
}

/** The variables that `readSchedule` reads back as the same. */
export const writeSchedule = ({ expression, timezone }: ScheduleConfig): Record<string, string> => ({
  COLLECT_SCHEDULE: expression,
  COLLECT_TIMEZONE: timezone,
});

/** Names alone: EventBridge Scheduler takes no offsets such as +09:00. */
function isTimezone(name: string): boolean {
  // Asking for a zone loads them all: that is a tenth of the endpoint's start, which knows no schedule.
  if (name === "UTC") return true;
  try {
    return /^[A-Za-z]/.test(name) && Boolean(new Intl.DateTimeFormat("en", { timeZone: name }));
  } catch {
    return false;
  }
}
