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

/** A signal that aborts after `ms` with these words as its reason, until it is disposed of. */
export function abortAfter(
  clock: Clock,
  ms: number,
  reason: string,
): { readonly signal: AbortSignal } & Disposable {
  const [timeout, done] = [new AbortController(), new AbortController()];
  const expire = (): void => timeout.abort(new Error(reason));
  if (ms <= 0) expire();
  else clock.sleep(ms, done.signal).then(expire, () => undefined);
  return { signal: timeout.signal, [Symbol.dispose]: () => done.abort() };
}
