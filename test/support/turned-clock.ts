import type { Clock } from "../../lib/clock.ts";

interface Sleeper {
  readonly endMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is turned; whoever sleeps then wakes when its time has come. */
export class TurnedClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #nowMs: number;

  constructor(nowMs = Date.parse("2026-03-04T05:06:07.000Z")) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const sleeper = { endMs: this.#nowMs + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason as Error);
      });
    });
  }

  /** How long those that sleep now have still to sleep, shortest first. */
  sleepsMs(): number[] {
    return [...this.#sleepers].map(({ endMs }) => endMs - this.#nowMs).toSorted((a, b) => a - b);
  }

  turn(ms: number): void {
    this.#nowMs += ms;
    const due = [...this.#sleepers].filter(({ endMs }) => endMs <= this.#nowMs);
    for (const sleeper of due) {
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}
