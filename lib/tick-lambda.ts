import { abortAfter, type Clock } from "./clock.ts";
import { scheduledTimeOf } from "./schedule/scheduled-time.ts";
import type { TickReport, TickSignals } from "./tick.ts";

export interface TickLambdaParts {
  readonly tick: (scheduled: Date, signals: TickSignals) => Promise<TickReport>;
  readonly clock: Clock;
  readonly report: (report: TickReport) => void;
}

/** What of an invocation's time is kept for putting, and for ending before Lambda does it. */
const putMs = 15_000;
const endMs = 2_000;

/**
 * One tick for each event of a schedule.
 * @throws when not every stream took the points: the event then goes to the dead-letter queue, whose alarm tells of it.
 * Lambda does not try again.
 */
export function toTickLambda({ tick, clock, report }: TickLambdaParts) {
  return async (event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<TickReport> => {
    const scheduled = scheduledTimeOf(event);
    const remainingMs = context.getRemainingTimeInMillis();
    const collectMs = Math.max(remainingMs - putMs - endMs, remainingMs / 2);
    using collect = abortAfter(clock, collectMs, "the function's time was nearly up");
    using put = abortAfter(clock, remainingMs - endMs, "the function's time was nearly up");
    const done = await tick(scheduled, { collect: collect.signal, put: put.signal });
    report(done);
    const errors = done.puts.flatMap(({ error = [] }) => error);
    if (errors.length > 0) throw new Error(errors.join("; "));
    return done;
  };
}
