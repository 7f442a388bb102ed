import type { IncomingMessage } from "node:http";
import { abortAfter, type Clock } from "../../lib/clock.ts";

/** As much as the largest delivery, and no longer than that takes on this machine: nobody can hold a connection so. */
const maxBytes = 67_108_864;
const maxMs = 5_000;

/**
 * Takes in what nobody reads of a body, within bounds: a connection that is closed under a sender is reset, and the
 * answer is lost.
 */
export async function drain(incoming: IncomingMessage, clock: Clock): Promise<void> {
  if (incoming.complete || incoming.destroyed) return;
  using patience = abortAfter(clock, maxMs, "the sender takes too long");
  const { promise, resolve } = Promise.withResolvers<void>();
  let bytes = 0;
  // Whoever began to read it would pile up what comes.
  incoming.removeAllListeners("data").on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) resolve();
  });
  incoming.once("end", resolve).once("close", resolve).resume();
  patience.signal.addEventListener("abort", () => resolve());
  await promise;
  incoming.removeAllListeners("data").pause();
}
