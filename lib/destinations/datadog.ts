import { createHash } from "node:crypto";
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

/** What a series says of itself besides its name. Over 200 of the longest tags, far below what a request holds. */
const maxSeriesLength = 65_536;

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
  const identityOf = identifier();
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
      const identity = identityOf(point);
      if (identity === undefined) {
        const detail = `tags, host and unit are over ${maxSeriesLength} characters`;
        return { kind: "rejected", reason: "too-large", detail };
      }
      const route = point.type === "distribution" ? distributions : series;
      return { kind: "route", route, series: `${name} ${identity}` };
    },
  };
}

/**
 * What tells series of one name apart, short; undefined where it is too large. Remembers the last: points of one
 * series share their tags.
 */
function identifier(): (point: MetricPoint) => string | undefined {
  let last: Pick<MetricPoint, "tags" | "host" | "unit"> | undefined;
  let identity: string | undefined;
  return (point) => {
    const { tags, host, unit } = point;
    if (tags === last?.tags && host === last.host && unit === last.unit) return identity;
    last = { tags, host, unit };
    // Datadog lower-cases tags and knows no order: https://docs.datadoghq.com/getting_started/tagging/
    const text = JSON.stringify([host, tags.map((tag) => tag.toLowerCase()).toSorted()]);
    const isTooLarge = text.length + (unit?.length ?? 0) > maxSeriesLength;
    identity = isTooLarge ? undefined : text.length > 256 ? digest(text) : text;
    return identity;
  };
}

const digest = (text: string): string => createHash("sha256").update(text).digest("base64");

/** The name Datadog would make of it, so that two names never meet unseen; undefined where it makes none. */
function datadogName(name: string): string | undefined {
  const isTaken = /^[a-zA-Z]/.test(name) && name.length <= maxNameLength;
  return isTaken ? name.replaceAll(/[^a-zA-Z0-9_.]/g, "_") : undefined;
}

function seriesRoute({ apiUrl, apiKey }: DatadogAccount): Route {
  return {
    name: "series",
    addsUp: false,
    limits,
    judge,
    encode: (points) => post(`${apiUrl}/api/v2/series`, apiKey, bySeries(points).map(toSeries)),
  };
}

function distributionRoute({ apiUrl, apiKey }: DatadogAccount): Route {
  return {
    name: "distributions",
    addsUp: true,
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
  let last: [MetricPoint, ...MetricPoint[]] | undefined;
  for (const point of points) {
    if (last !== undefined && isOfSeries(last[0], point)) {
      last.push(point);
      continue;
    }
    const { name, type, host, unit, intervalSeconds, tags } = point;
    const key = JSON.stringify([name, type, host, unit, intervalSeconds, tags]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, (last = [point]));
    else (last = group).push(point);
  }
  return [...groups.values()];
}

/** The quick way for points that were decoded from one series: they share their tags. */
function isOfSeries(one: MetricPoint, other: MetricPoint): boolean {
  const isShared = one.tags === other.tags && one.name === other.name && one.type === other.type;
  return (
    isShared &&
    one.host === other.host &&
    one.unit === other.unit &&
    one.intervalSeconds === other.intervalSeconds
  );
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
