import type { ExpiryReason, MetricPoint, RejectReason } from "../point.ts";
import type { HttpResponse, OutgoingRequest, Send } from "../send.ts";

/**
 * What a service's answer means for the points of a request. `refused`: one of them is to blame, halves may pass.
 * `too-large`: halves may fit. `throttled`: again after a wait. `unauthorized`: not before the account is mended.
 * `retry`: maybe later.
 */
export type Verdict =
  "accepted" | "refused" | "too-large" | "service-not-found" | "throttled" | "unauthorized" | "retry";

/** What one request may hold. */
export interface Limits {
  readonly maxPoints: number;
  /** The body before compression. */
  readonly maxRawBytes: number;
  /** The body as it is sent. */
  readonly maxBodyBytes: number;
}

/** One address at a service: the points of one route can share a request. */
export interface Route {
  readonly name: string;
  /** Whether points count twice at the service when they are sent twice. */
  readonly addsUp: boolean;
  readonly limits: Limits;
  /** Pure. `rawBytes` is the length before compression. */
  encode(points: readonly MetricPoint[]): OutgoingRequest & { readonly rawBytes: number };
  /** Pure. */
  judge(response: HttpResponse): Verdict;
}

/** Where a point goes at a service and which series it is there, or why it never can. */
export type Placement =
  | { readonly kind: "route"; readonly route: Route; readonly series: string }
  | { readonly kind: "rejected"; readonly reason: RejectReason; readonly detail: string }
  | { readonly kind: "expired"; readonly reason: ExpiryReason; readonly detail: string };

/** Facts about one service; no I/O. */
export interface Destination {
  readonly name: string;
  /** Pure. `nowMs` is the time of sending. */
  place(point: MetricPoint, nowMs: number): Placement;
}

/** A destination and the door to it. */
export interface Outlet {
  readonly destination: Destination;
  readonly send: Send;
}
