import type { MetricPoint, MetricType } from "../point.ts";
import type { Part, RecordFormat, Rejected, WhyRejected } from "./format.ts";
import { readJsonObjects } from "./json-objects.ts";
import { isIntervalOrAbsent, isObject, isTags } from "./members.ts";
import { timestampMsOf } from "./metric-time.ts";

/**
 * Bodies of Datadog's `POST /api/v1/series`, `/api/v2/series` and `/api/v1/distribution_points`.
 * Source: https://docs.datadoghq.com/api/latest/metrics/
 */
export const datadogSeries: RecordFormat = {
  name: "datadog",
  *decode(record) {
    for (const body of readJsonObjects(record, toBody)) {
      if ("reason" in body) yield body;
      else for (const series of body.all) yield* readSeries(series, body.write);
    }
  },
};

interface Body {
  readonly all: readonly unknown[];
  readonly write: Write;
}

function toBody(body: unknown, raw: string): Body | Rejected {
  const all = isObject(body) ? body["series"] : undefined;
  if (Array.isArray(all)) return { all, write: writerOf(raw) };
  return { reason: "not-a-metric", detail: "series must be a list", raw, count: 1 };
}

/** What the points of one series share. */
interface Series extends Omit<MetricPoint, "value" | "timestampMs" | "source"> {
  readonly type: MetricType;
}

function* readSeries(series: unknown, write: Write): Generator<Part> {
  const values: unknown[] = isObject(series) && Array.isArray(series["points"]) ? series["points"] : [];
  const shared = toSeries(series);
  if ("detail" in shared) {
    const raw = write({ series: [series] });
    yield { ...shared, raw, count: Math.max(1, values.length) };
    return;
  }
  const source = (held: readonly MetricPoint[]): string =>
    write({ series: [{ ...(series as object), points: pointsOf(values, held) }] });
  const bad: unknown[] = [];
  for (const each of values) {
    const read = readPoint(each);
    if (read === undefined) bad.push(each);
    else
      // By index: the iterator of a list costs measurably where it outlives a yield.
      for (let index = 0; index < read.values.length; index++)
        yield {
          name: shared.name,
          value: read.values[index] as number,
          timestampMs: read.timestampMs,
          type: shared.type,
          tags: shared.tags,
          unit: shared.unit,
          intervalSeconds: shared.intervalSeconds,
          host: shared.host,
          source,
        };
  }
  if (bad.length > 0) {
    const raw = write({ series: [{ ...(series as object), points: bad }] });
    const detail = "points must be times with finite numbers";
    yield { reason: "invalid-value", detail, raw, count: bad.length };
  }
}

function toSeries(series: unknown): Series | WhyRejected {
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
  const [a, b] = [keyOf(one), keyOf(other)];
  return a < b ? -1 : Number(a > b);
}

function keyOf(tag: string): string {
  const colon = tag.indexOf(":");
  return colon === -1 ? tag : tag.slice(0, colon);
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

/** Those of a series' points, as they came in, that these are. */
function pointsOf(all: readonly unknown[], held: readonly MetricPoint[]): unknown[] {
  const left = new Map<string, number>();
  for (const { timestampMs, value } of held) {
    const key = `${timestampMs} ${value}`;
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  return all.flatMap((each) => {
    const { timestampMs, values } = readPoint(each) ?? { timestampMs: 0, values: [] };
    const taken = values.filter((value) => {
      const key = `${timestampMs} ${value}`;
      const count = left.get(key) ?? 0;
      left.set(key, count - 1);
      return count > 0;
    });
    if (taken.length === 0) return [];
    return taken.length === values.length ? [each] : [[timestampMs / 1000, taken]];
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
