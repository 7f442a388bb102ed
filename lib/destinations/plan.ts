import type { ExpiryReason, MetricPoint, RejectReason } from "../point.ts";
import type { Destination, Route } from "./destination.ts";

/** A point that will not be sent, or was not taken, and why. */
export interface Refused<Reason = RejectReason> {
  readonly point: MetricPoint;
  readonly reason: Reason;
  readonly detail: string;
}

export interface Plan {
  /** The points to send. */
  readonly routes: ReadonlyMap<Route, readonly MetricPoint[]>;
  /** The points that each point to send stands for, where it is made of several. */
  readonly merged: ReadonlyMap<MetricPoint, readonly MetricPoint[]>;
  readonly rejected: readonly Refused[];
  readonly expired: readonly Refused<ExpiryReason>[];
}

/**
 * Says where each point goes. Of equal series and second, counts are summed and of gauges and rates the last wins;
 * distributions keep every value. Every point is sent, merged into one that is, rejected or expired.
 */
export function plan(points: readonly MetricPoint[], destination: Destination, nowMs: number): Plan {
  const routes = new Map<Route, RoutePlan>();
  const rejected: Refused[] = [];
  const expired: Refused<ExpiryReason>[] = [];
  for (const point of points) {
    const placement = destination.place(point, nowMs);
    switch (placement.kind) {
      case "rejected":
        rejected.push({ point, reason: placement.reason, detail: placement.detail });
        break;
      case "expired":
        expired.push({ point, reason: placement.reason, detail: placement.detail });
        break;
      case "route": {
        let route = routes.get(placement.route);
        if (route === undefined) routes.set(placement.route, (route = new RoutePlan()));
        const refused = route.add(point, placement.series);
        if (refused !== undefined) rejected.push(refused);
        break;
      }
      default:
        placement satisfies never;
    }
  }
  const merged = new Map([...routes.values()].flatMap((route) => [...route.merged]));
  return {
    routes: new Map([...routes].map(([route, { points: sent }]) => [route, sent])),
    merged,
    rejected,
    expired,
  };
}

/** The points of one route, and which of them stand for several. */
class RoutePlan {
  readonly points: MetricPoint[] = [];
  readonly merged = new Map<MetricPoint, MetricPoint[]>();
  /** By second and series the position of its point. */
  readonly #positions = new Map<number, Map<string, number>>();

  /** Answers why the point cannot be sent, where it cannot. */
  add(point: MetricPoint, series: string): Refused | undefined {
    if (point.type === "distribution") {
      this.points.push(point);
      return undefined;
    }
    const second = Math.floor(point.timestampMs / 1000);
    let positions = this.#positions.get(second);
    if (positions === undefined) this.#positions.set(second, (positions = new Map<string, number>()));
    const position = positions.get(series);
    const earlier = position === undefined ? undefined : this.points[position];
    if (position === undefined || earlier === undefined) {
      positions.set(series, this.points.push(point) - 1);
      return undefined;
    }
    const both = merge(earlier, point);
    if ("reason" in both) return both;
    this.points[position] = both;
    const held = this.merged.get(earlier) ?? [earlier];
    held.push(point);
    this.merged.delete(earlier);
    this.merged.set(both, held);
    return undefined;
  }
}

/** One point for both, or why there is none: the other is a series that only looks the same to the service. */
function merge({ name, type, tags, host, value }: MetricPoint, point: MetricPoint): MetricPoint | Refused {
  const isSame = name === point.name && type === point.type && host === point.host;
  if (!isSame || !isSameSet(tags, point.tags)) {
    const shown = `${type} ${name} ${tags.slice(0, 30).join(",")}`;
    const detail = `the service takes it for the same series as ${shown}`.slice(0, 300);
    return { point, reason: "name-collision", detail };
  }
  const sum = type === "count" ? value + point.value : point.value;
  if (Number.isFinite(sum)) return { ...point, value: sum };
  return { point, reason: "invalid-value", detail: "the sum of the counts is not finite" };
}

function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  if (some === others) return true;
  if (some.length !== others.length) return false;
  if (some.every((tag, index) => tag === others[index])) return true;
  const sorted = others.toSorted();
  return some.toSorted().every((tag, index) => tag === sorted[index]);
}
