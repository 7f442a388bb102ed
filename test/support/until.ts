import { setTimeout as wait } from "node:timers/promises";

/** Resolves as soon as the condition holds. @throws Error when that takes longer than the deadline */
export async function until(condition: () => unknown, what: string, deadlineMs = 20_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
    await wait(2);
  }
}
