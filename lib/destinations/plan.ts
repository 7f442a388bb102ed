import type { ExpiryReason, MetricPoint, RejectReason } from "../point.ts";
import type { Destination, Route } from "./destination.ts";

/** A point that will not be sent, or was not taken, and why. */
export interface Refused<Reason = RejectReason> {
  readonly point: MetricPoint;
  readonly reason: Reason;
  readonly detail: string;
}

/** A point to send and the points that it stands for: itself, and those merged into it. */
export interface Parcel {
  readonly point: MetricPoint;
  readonly sources: readonly MetricPoint[];
}

export interface Plan {
  readonly routes: ReadonlyMap<Route, readonly Parcel[]>;
  readonly rejected: readonly Refused[];
  readonly expired: readonly Refused<ExpiryReason>[];
}

interface OpenParcel {
  point: MetricPoint;
  sources: MetricPoint[];
}

/**
 * Says where each point goes. Of equal series and second, counts are summed and of gauges and rates the last wins;
 * distributions keep every value. Every point is in exactly one parcel, `rejected` or `expired`.
 */
export function plan(points: readonly MetricPoint[], destination: Destination, nowMs: number): Plan {
  const routes = new Map<Route, OpenParcel[]>();
  const rejected: Refused[] = [];
  const expired: Refused<ExpiryReason>[] = [];
  const seen = new Map<string, OpenParcel>();
  for (const point of points) {
    const placement = destination.place(point, nowMs);
    if (placement.kind === "rejected")
      rejected.push({ point, reason: placement.reason, detail: placement.detail });
    else if (placement.kind === "expired")
      expired.push({ point, reason: placement.reason, detail: placement.detail });
    else if (point.type === "distribution") addTo(routes, placement.route, { point, sources: [point] });
    else {
      const key = `${placement.series}\n${Math.floor(point.timestampMs / 1000)}\n${placement.route.name}`;
      const earlier = seen.get(key);
      if (earlier === undefined) {
        const parcel = { point, sources: [point] };
        seen.set(key, parcel);
        addTo(routes, placement.route, parcel);
      } else {
        const refused = mergeInto(earlier, point);
        if (refused !== undefined) rejected.push(refused);
      }
    }
  }
  return { routes, rejected, expired };
}

function addTo(routes: Map<Route, OpenParcel[]>, route: Route, parcel: OpenParcel): void {
  const parcels = routes.get(route);
  if (parcels === undefined) routes.set(route, [parcel]);
  else parcels.push(parcel);
}

/** Answers why the point cannot be merged, where it cannot: it is another series that only looks the same there. */
function mergeInto(parcel: OpenParcel, point: MetricPoint): Refused | undefined {
  const { name, type, tags, value } = parcel.point;
  if (name !== point.name || type !== point.type || !isSameSet(tags, point.tags)) {
    const detail = `the service takes it for the same series as ${type} ${name} ${tags.join(",")}`.slice(
      0,
      300,
    );
    return { point, reason: "name-collision", detail };
  }
  const sum = type === "count" ? value + point.value : point.value;
  if (!Number.isFinite(sum))
    return { point, reason: "invalid-value", detail: "the sum of the counts is not finite" };
  parcel.point = { ...point, value: sum };
  parcel.sources.push(point);
  return undefined;
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false;
  if (some.every((tag, index) => tag === others[index])) return true;
  const sorted = others.toSorted();
  return some.toSorted().every((tag, index) => tag === sorted[index]);
}
