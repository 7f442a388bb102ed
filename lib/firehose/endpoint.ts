import type { Clock } from "../clock.ts";
import type { Destination } from "../destinations/destination.ts";
import type { Send } from "../send.ts";
import type { Backup } from "./backup.ts";

/** What became of one delivery; what is logged and measured of it. Every point is in exactly one count. */
export interface DeliveryReport {
  readonly requestId: string;
  readonly stream: string;
  readonly destination: string;
  readonly status: number;
  readonly records: number;
  readonly accepted: number;
  readonly merged: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly expired: Readonly<Record<string, number>>;
  readonly retry: number;
  readonly milliseconds: number;
  readonly error?: string;
}

export interface Outlet {
  readonly destination: Destination;
  readonly send: Send;
}

export interface EndpointParts {
  /** Keys that Firehose may present; none refuses every delivery. */
  readonly accessKeys: readonly string[];
  /** By path: `/datadog`, `/mackerel`, `/preview`. A path without an outlet is known but not configured. */
  readonly outlets: Readonly<Record<string, Outlet | undefined>>;
  /** Opens `/service`: makes the outlet of the Mackerel account whose API key is the access key. */
  readonly passthrough?: ((apiKey: string, service: string) => Outlet) | undefined;
  readonly backup: Backup;
  readonly clock: Clock;
  readonly report: (report: DeliveryReport) => void;
}

/** Firehose's HTTP endpoint: answers every request with contract JSON, within `deadlineMs` from now; never rejects. */
export type Endpoint = (request: Request, deadlineMs: number) => Promise<Response>;

/** The longest that one delivery may take: well inside Firehose's 3 minutes. */
export const maxDeadlineMs = 150_000;

export function createEndpoint(_parts: EndpointParts): Endpoint {
  return () => Promise.resolve(new Response());
}
