import type { Clock } from "../../lib/clock.ts";

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** A clock that only moves when it is turned; whoever sleeps wakes when it has been turned that far. */
export class HandClock implements Clock {
  #nowMs: number;
  #sleepers: readonly Sleeper[] = [];

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#sleepers.filter(({ untilMs }) => untilMs <= this.#nowMs);
    this.#sleepers = this.#sleepers.filter(({ untilMs }) => untilMs > this.#nowMs);
    for (const { wake } of due) wake();
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((wake, reject) => {
      signal.throwIfAborted();
      const sleeper = { untilMs: this.#nowMs + ms, wake };
      this.#sleepers = [...this.#sleepers, sleeper];
      signal.addEventListener("abort", () => {
        this.#sleepers = this.#sleepers.filter((each) => each !== sleeper);
        reject(signal.reason);
      });
    });
  }
}

/** A clock that whoever sleeps turns at once, so that waiting takes no time; notes each sleep. */
export class SkippingClock extends HandClock {
  readonly sleptMs: number[] = [];

  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.sleptMs.push(ms);
    this.advance(ms);
  }
}
