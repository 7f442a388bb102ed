import type { HostEvent } from "./delivery-event.ts";

/** Why the deliveries of a stream do not get through. */
export interface FailingStream {
  readonly stream: string;
  /** When a delivery failed last. */
  readonly failedMs: number;
  readonly errorCode: string;
}

/** Knows of each stream whether the last attempt that ended had failed. */
export class DeliveryHealth {
  readonly #failing = new Map<string, FailingStream>();

  see(event: HostEvent, nowMs: number): void {
    if (event.kind === "disk-failed") return;
    const { stream } = event.delivery;
    if (event.kind === "delivered") this.#failing.delete(stream);
    else this.#failing.set(stream, { stream, failedMs: nowMs, errorCode: event.failure.errorCode });
  }

  failing(): readonly FailingStream[] {
    return [...this.#failing.values()];
  }
}
