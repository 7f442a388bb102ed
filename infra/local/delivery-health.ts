import type { HostEvent } from "./delivery-event.ts";

/** Why the deliveries of a stream do not get through. */
export interface FailingStream {
  readonly stream: string;
  /** When a delivery failed last. */
  readonly failedMs: number;
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** What became of the records of a stream since the start. */
export interface Ended {
  readonly deliveredRecords: number;
  readonly backedUpRecords: number;
  readonly droppedRecords: number;
}

const nothing: Ended = { deliveredRecords: 0, backedUpRecords: 0, droppedRecords: 0 };

/** Knows of each stream how its deliveries ended, and whether the last attempt that ended had failed. */
export class DeliveryHealth {
  readonly #failing = new Map<string, FailingStream>();
  readonly #ended = new Map<string, Ended>();

  see(event: HostEvent, nowMs: number): void {
    if (event.kind === "disk-failed") return;
    const { stream, records } = event.delivery;
    const ended = this.ended(stream);
    this.#ended.set(stream, {
      deliveredRecords: ended.deliveredRecords + (event.kind === "delivered" ? records : 0),
      backedUpRecords: ended.backedUpRecords + (event.kind === "backed-up" ? records : 0),
      droppedRecords: ended.droppedRecords + (event.kind === "dropped" ? records : 0),
    });
    if (event.kind === "delivered") this.#failing.delete(stream);
    else {
      const { errorCode, errorMessage } = event.failure;
      this.#failing.set(stream, { stream, failedMs: nowMs, errorCode, errorMessage });
    }
  }

  ended(stream: string): Ended {
    return this.#ended.get(stream) ?? nothing;
  }

  failing(): readonly FailingStream[] {
    return [...this.#failing.values()];
  }
}
