import { abortAfter, type Clock } from "../clock.ts";
import type { StreamReport } from "./report.ts";

export interface RedriveLambdaParts {
  readonly streams: readonly string[];
  /** Redrives a stream until the signal aborts. */
  readonly redrive: (stream: string, stop: AbortSignal) => Promise<StreamReport>;
  readonly clock: Clock;
  readonly report: (report: StreamReport) => void;
}

/** What is kept of an invocation's time: a call under way may take 30 s, and its note has to be written. */
const endMs = 45_000;

/**
 * Redrives every stream, each for its share of the time; the next invocation goes on.
 * @throws when a stream takes nothing, for then somebody has to look.
 */
export function toRedriveLambda({ streams, redrive, clock, report }: RedriveLambdaParts) {
  return async (_event: unknown, context: { getRemainingTimeInMillis(): number }): Promise<void> => {
    const problems: string[] = [];
    for (const [index, stream] of streams.entries()) {
      const remainingMs = context.getRemainingTimeInMillis();
      const shareMs = Math.max(remainingMs - endMs, remainingMs / 2) / (streams.length - index);
      using time = abortAfter(clock, shareMs, "the function's time was nearly up");
      const done = await redrive(stream, time.signal);
      report(done);
      if (done.ending === "failed") problems.push(`${stream}: ${done.problem}`);
    }
    if (problems.length > 0) throw new Error(problems.join("; "));
  };
}
