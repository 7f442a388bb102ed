import type { AttemptFailure } from "../../lib/firehose/attempt.ts";
import type { Delivery } from "./stored.ts";

interface DeliveryEvent {
  readonly delivery: Delivery;
  readonly attempts: number;
}

interface FailureEvent extends DeliveryEvent {
  readonly failure: AttemptFailure;
}

/** What became of a delivery, or why it waits. */
export type HostEvent =
  | ({ readonly kind: "delivered" } & DeliveryEvent)
  | ({ readonly kind: "failed"; readonly retryMs: number } & FailureEvent)
  | ({ readonly kind: "dropped" } & FailureEvent)
  | ({ readonly kind: "backed-up"; readonly key: string } & FailureEvent)
  | ({ readonly kind: "not-backed-up"; readonly reason: string; readonly retryMs: number } & FailureEvent)
  /** The buffer cannot be read or written; nothing is lost, and it is tried again. */
  | {
      readonly kind: "disk-failed";
      readonly stream: string;
      readonly reason: string;
      readonly retryMs: number;
    };
