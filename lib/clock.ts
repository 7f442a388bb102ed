import { setTimeout as wait } from "node:timers/promises";

/** Time, as a parameter: tests turn it by hand. */
export interface Clock {
  nowMs(): number;
  /** Resolves after `ms`, rejects when the signal aborts first. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal }),
};
