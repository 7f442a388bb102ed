import { setImmediate as turn } from "node:timers/promises";

import type { Clock } from "../../lib/clock.ts";

interface Sleep {
  readonly wakesMs: number;
  readonly wake: () => void;
}

/** A clock that stands still while anything moves: only `settle` turns it, from one sleep's end to the next. */
export class SteppingClock implements Clock {
  readonly #sleeps = new Set<Sleep>();
  #nowMs: number;

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const end = (answer: () => void): void => {
        this.#sleeps.delete(sleep);
        signal.removeEventListener("abort", stop);
        answer();
      };
      const stop = (): void => end(() => reject(signal.reason as Error));
      const sleep: Sleep = { wakesMs: this.#nowMs + ms, wake: () => end(resolve) };
      this.#sleeps.add(sleep);
      return signal.addEventListener("abort", stop);
    });
  }

  /**
   * What the promise settles with, while time passes for it. Only for work that waits for nothing but this clock.
   * @throws when the work waits and nobody sleeps.
   */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    promise.then(
      () => (isSettled = true),
      () => (isSettled = true),
    );
    for (;;) {
      await turn();
      if (isSettled) return promise;
      const [next] = [...this.#sleeps].toSorted((a, b) => a.wakesMs - b.wakesMs);
      if (next === undefined) throw new Error("nothing moves, and nobody sleeps");
      this.#nowMs = Math.max(this.#nowMs, next.wakesMs);
      next.wake();
    }
  }
}
