import { deflateSync } from "node:zlib";

import type { MetricPoint } from "../point.ts";
import type { Destination, Limits, Placement, Route, Verdict } from "./destination.ts";
import { hasJsonBody } from "./response-body.ts";

export interface DatadogAccount {
  readonly apiKey: string;
  readonly apiUrl: string;
  /** Metrics whose historical ingestion is on at Datadog: names, or `*`. */
  readonly historical: readonly string[];
}

/** Source: https://docs.datadoghq.com/api/latest/metrics/#submit-metrics (500 kB, 5 MB decompressed). */
const limits: Limits = { maxPoints: 20_000, maxRawBytes: 5_242_880 - 1, maxBodyBytes: 512_000 };

/** Points outside are dropped behind a 202. Source: https://docs.datadoghq.com/api/latest/metrics/#submit-metrics */
const pastMs = 3_600_000;
const futureMs = 600_000;

/** Source: https://docs.datadoghq.com/metrics/custom_metrics/#naming-custom-metrics */
const maxNameLength = 200;

/**
 * Datadog's metric intake. A resend overwrites gauges, counts and rates with themselves; the values of a
 * distribution would add up, so distributions are sent when everything else is through.
 * Source: https://docs.datadoghq.com/api/latest/metrics/
 */
export function datadog(account: DatadogAccount): Destination {
  const [series, distributions] = [seriesRoute(account), distributionRoute(account)];
  const historical = new Set(account.historical);
  const keepsHistory = ({ name, type }: MetricPoint): boolean =>
    type !== "distribution" && (historical.has(name) || historical.has("*"));
  return {
    name: "datadog",
    place(point, nowMs): Placement {
      const name = datadogName(point.name);
      if (name === undefined) {
        const detail = `Datadog takes names of up to ${maxNameLength} characters that start with a letter`;
        return { kind: "rejected", reason: "invalid-name", detail };
      }
      const ageMs = nowMs - second(point) * 1000;
      if (-ageMs > futureMs) {
        return {
          kind: "expired",
          reason: "too-far-ahead",
          detail: "Datadog drops points over 10 minutes ahead",
        };
      }
      if (ageMs > pastMs && !keepsHistory(point)) {
        return { kind: "expired", reason: "too-old", detail: "Datadog drops points over an hour old" };
      }
      // Datadog lower-cases tags and knows no order: https://docs.datadoghq.com/getting_started/tagging/
      const tags = point.tags.map((tag) => tag.toLowerCase()).toSorted();
      const route = point.type === "distribution" ? distributions : series;
      return { kind: "route", route, series: JSON.stringify([name, point.host, tags]) };
    },
  };
}

/** The name Datadog would make of it, so that two names never meet unseen; undefined where it makes none. */
function datadogName(name: string): string | undefined {
  const isTaken = /^[a-zA-Z]/.test(name) && name.length <= maxNameLength;
  return isTaken ? name.replaceAll(/[^a-zA-Z0-9_.]/g, "_") : undefined;
}

function seriesRoute({ apiUrl, apiKey }: DatadogAccount): Route {
  return {
    name: "series",
    stage: 0,
    limits,
    judge,
    encode: (points) => post(`${apiUrl}/api/v2/series`, apiKey, bySeries(points).map(toSeries)),
  };
}

function distributionRoute({ apiUrl, apiKey }: DatadogAccount): Route {
  return {
    name: "distributions",
    stage: 1,
    limits,
    judge,
    encode: (points) =>
      post(`${apiUrl}/api/v1/distribution_points`, apiKey, bySeries(points).map(toDistribution)),
  };
}

function judge({ status, body }: { readonly status: number; readonly body: string }): Verdict {
  switch (status) {
    case 200:
    case 202:
      return hasJsonBody(body, ({ errors }) => !Array.isArray(errors) || errors.length === 0)
        ? "accepted"
        : "retry";
    case 400:
      return "refused";
    case 401:
    case 403:
      return "unauthorized";
    case 413:
      return "too-large";
    case 429:
      return "throttled";
    default:
      return "retry";
  }
}

/** `deflate`: the name of the third encoding, zstd, differs between Datadog's schema and its agent. */
function post(url: string, apiKey: string, series: readonly object[]): ReturnType<Route["encode"]> {
  const raw = Buffer.from(JSON.stringify({ series }));
  const headers = { "DD-API-KEY": apiKey, "Content-Type": "application/json", "Content-Encoding": "deflate" };
  return { url, headers, body: deflateSync(raw), rawBytes: raw.byteLength };
}

/** Points of one series share an object of the request. */
function bySeries(points: readonly MetricPoint[]): [MetricPoint, ...MetricPoint[]][] {
  const groups = new Map<string, [MetricPoint, ...MetricPoint[]]>();
  for (const point of points) {
    const { name, type, host, unit, intervalSeconds, tags } = point;
    const key = JSON.stringify([name, type, host, unit, intervalSeconds, tags]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [point]);
    else group.push(point);
  }
  return [...groups.values()];
}

const seriesTypes = { count: 1, rate: 2, gauge: 3, distribution: 3 } as const;
const second = ({ timestampMs }: MetricPoint): number => Math.floor(timestampMs / 1000);

function toSeries(points: readonly [MetricPoint, ...MetricPoint[]]): object {
  const [{ name, type, tags, unit, intervalSeconds, host }] = points;
  return {
    metric: datadogName(name),
    type: seriesTypes[type],
    points: points.map((point) => ({ timestamp: second(point), value: point.value })),
    tags,
    unit,
    interval: type === "count" || type === "rate" ? intervalSeconds : undefined,
    resources: host === undefined ? undefined : [{ type: "host", name: host }],
  };
}

/** All values of one second stand in one list. */
function toDistribution(points: readonly [MetricPoint, ...MetricPoint[]]): object {
  const [{ name, tags, host }] = points;
  const values = Map.groupBy(points, second);
  return {
    metric: datadogName(name),
    type: "distribution",
    points: [...values].map(([time, held]) => [time, held.map(({ value }) => value)]),
    tags,
    host,
  };
}
