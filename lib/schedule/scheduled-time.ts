/**
 * The moment an event was scheduled for: `scheduledTime` as our schedule's input has it, from EventBridge Scheduler's
 * context attribute, or `time` of an EventBridge rule.
 * Sources: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html,
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
 * @throws when the event has neither; the time of the call would hide a broken schedule.
 */
export function scheduledTimeOf(event: unknown): Date {
  const { scheduledTime, time } = (event ?? {}) as {
    readonly scheduledTime?: unknown;
    readonly time?: unknown;
  };
  const text = scheduledTime ?? time;
  const date = new Date(typeof text === "string" && isoTime.test(text) ? text : Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw new Error('the event has no scheduled time: it must be {"scheduledTime":"2026-01-31T12:00:00Z"}');
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z$/;
