import type { Clock } from "../clock.ts";
import type { Store } from "../store/store.ts";

/** How long a run that died holds the others up. Kept up at half of it, which a call of 30 s never outlasts. */
export const leaseMs = 120_000;

/** Another run has taken the stream over: what is not yet done is its work now. */
export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

/** The right to redrive a stream, of which one run has it at a time. */
export interface Lease {
  /**
   * Resolves while the right is this run's: call it before everything that counts.
   * @throws LeaseLostError
   */
  keep(): Promise<void>;
  release(): Promise<void>;
}

interface Generation {
  readonly number: number;
  readonly untilMs: number;
}

/**
 * Takes the right to redrive a stream; answers until when another run has it. Each holder writes the next generation
 * of one file, which only one can do: whoever slept beyond the end of its right finds out when it goes on. Clocks may
 * differ by half a minute.
 */
export async function takeLease(
  store: Store,
  stream: string,
  clock: Clock,
): Promise<Lease | { readonly heldUntilMs: number }> {
  const folder = `redrive/${stream}/lease/`;
  const keyOf = (number: number): string => `${folder}${String(number).padStart(12, "0")}.json`;
  let { number, untilMs } = await latest(store, folder);
  if (untilMs > clock.nowMs()) return { heldUntilMs: Math.min(untilMs, clock.nowMs() + leaseMs) };
  const advance = async (nextUntilMs: number): Promise<boolean> => {
    const text = `${JSON.stringify({ untilMs: nextUntilMs })}\n`;
    if (!(await store.create(keyOf(number + 1), text))) return false;
    // Whoever slept long may find the number free again, since another run has taken it and those after it.
    const isLatest = (await latest(store, folder)).number === number + 1;
    await store.remove(keyOf(isLatest ? number : number + 1));
    if (!isLatest) return false;
    number += 1;
    untilMs = nextUntilMs;
    return true;
  };
  const extend = (): Promise<boolean> => advance(clock.nowMs() + leaseMs);
  if (!(await extend())) return { heldUntilMs: clock.nowMs() + leaseMs };
  return {
    async keep() {
      if (clock.nowMs() < untilMs - leaseMs / 2) return;
      if (!(await extend())) throw new LeaseLostError(`another run has taken over the redrive of ${stream}`);
    },
    async release() {
      await advance(0);
    },
  };
}

/** The last generation stays for ever, so that numbers are never used twice. */
async function latest(store: Store, folder: string): Promise<Generation> {
  let last: Generation = { number: 0, untilMs: 0 };
  for await (const { key } of store.list(folder)) {
    const text = await store.readText(key);
    const number = Number(/(\d+)\.json$/.exec(key)?.[1] ?? 0);
    // One that went while it was looked at was followed by another.
    const untilMs = text === undefined ? Infinity : (JSON.parse(text) as { untilMs: number }).untilMs;
    last = { number, untilMs };
  }
  return last;
}
