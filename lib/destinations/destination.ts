import type { ExpiryReason, MetricPoint, RejectReason } from "../point.ts";
import type { HttpResponse, OutgoingRequest } from "../send.ts";

/**
 * What became of the points of one request. `rejected`: these will never be taken. `split`: the request was too
 * large, or one of its points was refused; halves of it may pass. `throttled`: again after a wait. `retry`: maybe later.
 */
export type Verdict = "accepted" | "rejected" | "too-large" | "refused" | "throttled" | "retry";

export interface Limits {
  readonly maxPoints: number;
  /** The body before compression. */
  readonly maxRawBytes: number;
  /** The body as it is sent. */
  readonly maxBodyBytes: number;
}

/** One address of a service: points of one route can share a request. */
export interface Route {
  readonly name: string;
  readonly limits: Limits;
  /** Routes with a higher stage are sent when all lower ones are through. */
  readonly stage: number;
  /** Bytes that this point adds to the body before compression, at the most. */
  size(point: MetricPoint): number;
  encode(points: readonly MetricPoint[]): OutgoingRequest;
  judge(response: HttpResponse): Verdict;
}

/** Where a point goes at a service, under which identity, or why it never can. */
export type Placement =
  | { readonly kind: "route"; readonly route: Route; readonly name: string }
  | { readonly kind: "rejected"; readonly reason: RejectReason; readonly detail: string }
  | { readonly kind: "expired"; readonly reason: ExpiryReason; readonly detail: string };

/** Facts about one service; no I/O. */
export interface Destination {
  readonly name: string;
  /** Says where the point goes; `nowMs` is the time of sending. */
  place(point: MetricPoint, nowMs: number): Placement;
}
