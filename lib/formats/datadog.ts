import type { MetricPoint, MetricType, RejectReason } from "../point.ts";
import type { Decoding, RecordFormat } from "./format.ts";
import { readJsonObjects } from "./json-objects.ts";
import { isIntervalOrAbsent, isObject, isTags } from "./members.ts";
import { timestampMsOf } from "./metric-time.ts";

/**
 * Bodies of Datadog's `POST /api/v1/series`, `/api/v2/series` and `/api/v1/distribution_points`.
 * Source: https://docs.datadoghq.com/api/latest/metrics/
 */
export const datadogSeries: RecordFormat = {
  name: "datadog",
  decode: (record, into) => readJsonObjects(record, into, readBody),
};

function readBody(body: unknown, raw: string, into: Decoding): void {
  const all = isObject(body) ? body["series"] : undefined;
  if (Array.isArray(all)) {
    const write = writerOf(raw);
    for (const series of all as unknown[]) readSeries(series, write, into);
  } else into.rejected.push({ reason: "not-a-metric", detail: "series must be a list", raw, count: 1 });
}

/** What the points of one series share. */
interface Series extends Omit<MetricPoint, "value" | "timestampMs" | "source"> {
  readonly type: MetricType;
}

function readSeries(series: unknown, write: Write, { points, rejected }: Decoding): void {
  const values: unknown[] = isObject(series) && Array.isArray(series["points"]) ? series["points"] : [];
  const shared = toSeries(series);
  if ("detail" in shared) {
    const raw = write({ series: [series] });
    rejected.push({ reason: shared.reason, detail: shared.detail, raw, count: Math.max(1, values.length) });
    return;
  }
  const source = (held: readonly MetricPoint[]): string => writeSeries(shared, held);
  const bad: unknown[] = [];
  for (const each of values) {
    const read = readPoint(each);
    if (read === undefined) bad.push(each);
    else
      for (const value of read.values)
        points.push({ ...shared, value, timestampMs: read.timestampMs, source });
  }
  if (bad.length > 0) {
    const raw = write({ series: [{ ...(series as object), points: bad }] });
    rejected.push({
      reason: "invalid-value",
      detail: "points must be times with finite numbers",
      raw,
      count: bad.length,
    });
  }
}

function toSeries(series: unknown): Series | { readonly reason: RejectReason; readonly detail: string } {
  if (!isObject(series) || typeof series["metric"] !== "string" || !Array.isArray(series["points"])) {
    return { reason: "not-a-metric", detail: "a series must have a metric and points" };
  }
  const { metric, type, unit, interval } = series;
  const tags = series["tags"] ?? [];
  const metricType = typeOf(type, series["points"]);
  if (metric === "") return { reason: "invalid-name", detail: "metric must not be empty" };
  if (metricType === undefined) return { reason: "not-a-metric", detail: "type must be one of Datadog's" };
  if (!isTags(tags))
    return { reason: "not-a-metric", detail: "tags must be a list of strings that are not empty" };
  return {
    name: metric,
    type: metricType,
    tags: tags.toSorted(byKey),
    unit: typeof unit === "string" && unit !== "" ? unit : undefined,
    intervalSeconds: isIntervalOrAbsent(interval) ? (interval ?? undefined) : undefined,
    host: hostOf(series),
  };
}

/** By key alone: the values of a key that repeats stay in the order they came. */
function byKey(one: string, other: string): number {
  const [a = "", b = ""] = [one.split(":", 1)[0], other.split(":", 1)[0]];
  return a < b ? -1 : Number(a > b);
}

/** Numbers are v2's types, words v1's; a list of values at a time makes a distribution. */
function typeOf(type: unknown, points: readonly unknown[]): MetricType | undefined {
  const isDistribution = Array.isArray(points[0]) && Array.isArray(points[0][1]);
  if (type === "distribution" || (isDistribution && type === undefined)) return "distribution";
  if (type === undefined || type === null || type === 0 || type === 3 || type === "gauge") return "gauge";
  if (type === 1 || type === "count") return "count";
  return type === 2 || type === "rate" ? "rate" : undefined;
}

function hostOf(series: Readonly<Record<string, unknown>>): string | undefined {
  const { host, resources } = series;
  if (typeof host === "string" && host !== "") return host;
  if (!Array.isArray(resources)) return undefined;
  const resource: unknown = resources.find((each) => isObject(each) && each["type"] === "host");
  const name = isObject(resource) ? resource["name"] : undefined;
  return typeof name === "string" && name !== "" ? name : undefined;
}

/** `[time, value]`, `[time, [values]]` or `{timestamp, value}`. */
function readPoint(point: unknown): { timestampMs: number; values: readonly number[] } | undefined {
  const [time, value]: readonly unknown[] = Array.isArray(point)
    ? (point as unknown[])
    : isObject(point)
      ? [point["timestamp"], point["value"]]
      : [];
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const timestampMs = timestampMsOf(time);
  const areNumbers = values.length > 0 && values.every((each) => Number.isFinite(each));
  return timestampMs !== undefined && areNumbers ? { timestampMs, values: values as number[] } : undefined;
}

/** A v2 body with just these points of the series; a v1 body for distributions, which v2 has not. */
function writeSeries(
  { name, type, tags, unit, intervalSeconds, host }: Series,
  held: readonly MetricPoint[],
): string {
  const points = held.map(({ timestampMs, value }) =>
    type === "distribution" ? [timestampMs / 1000, [value]] : { timestamp: timestampMs / 1000, value },
  );
  const resources = host === undefined ? undefined : [{ type: "host", name: host }];
  const seriesType = { gauge: 3, count: 1, rate: 2, distribution: "distribution" }[type];
  const place = type === "distribution" ? { host } : { resources };
  return JSON.stringify({
    series: [{ metric: name, type: seriesType, points, tags, unit, interval: intervalSeconds, ...place }],
  });
}

type Write = (value: unknown) => string;

/** JSON.parse reads any depth, JSON.stringify does not: what is nested too deep is kept as the body it came in, once. */
function writerOf(body: string): Write {
  let isBodyKept = false;
  return (value) => {
    try {
      return JSON.stringify(value);
    } catch {
      const raw = isBodyKept ? "" : body;
      isBodyKept = true;
      return raw;
    }
  };
}
