import { datadog } from "../../lib/destinations/datadog.ts";
import { deliver, type Delivered, type DeliverParts } from "../../lib/destinations/deliver.ts";
import type { Destination, Limits } from "../../lib/destinations/destination.ts";
import { mackerel } from "../../lib/destinations/mackerel.ts";
import type { MetricPoint } from "../../lib/point.ts";
import type { Send } from "../../lib/send.ts";
import { MemoryService, type MemoryServiceOptions } from "./memory-service.ts";
import { narrow } from "./narrow.ts";
import { nowMs } from "./points.ts";
import { SteppingClock } from "./stepping-clock.ts";

/** With characters that JSON escapes. */
export const apiKey = `a-"secret"\\key`;

export const toDatadog = datadog({ apiKey, apiUrl: "https://datadog.test", historical: [] });
export const toMackerel = mackerel({
  apiKey,
  apiUrl: "https://mackerel.test",
  service: "shop",
  services: ["stock"],
});

export interface Trial extends Omit<MemoryServiceOptions, "clock"> {
  readonly destination?: Destination;
  readonly limits?: Partial<Limits>;
  /** How long the delivery may take. */
  readonly deadlineMs?: number;
  /** In place of the service. */
  readonly send?: Send;
  readonly keep?: DeliverParts["keep"];
}

interface Tried extends Delivered {
  readonly service: MemoryService;
  /** How long the delivery took. */
  readonly tookMs: number;
}

/** Delivers points to a service in this process, in no time but the clock's. */
export async function tryDelivery(points: readonly MetricPoint[], trial: Trial = {}): Promise<Tried> {
  const { destination = toMackerel, limits = {}, deadlineMs = 150_000, send, keep, ...options } = trial;
  const clock = new SteppingClock(nowMs);
  const service = new MemoryService({ ...options, clock });
  const outlet = { destination: narrow(destination, limits), send: send ?? service.send };
  const delivered = await clock.settle(deliver(points, outlet, { clock, untilMs: nowMs + deadlineMs, keep }));
  return { ...delivered, service, tookMs: clock.nowMs() - nowMs };
}

/** Every point in exactly one count. */
export function total({ accepted, merged, rejected, expired, retry }: Delivered): number {
  return accepted + merged + rejected.length + expired.length + retry;
}
