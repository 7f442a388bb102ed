import { metricTypes, type MetricPoint, type MetricType } from "../point.ts";
import type { Part, RecordFormat, WhyRejected } from "./format.ts";
import { readJsonObjects } from "./json-objects.ts";
import { isIntervalOrAbsent, isObject, isTags, isTextOrAbsent } from "./members.ts";
import { timestampMsOf } from "./metric-time.ts";

/** Hydrant's own form: JSON objects with `name`, `value`, `time` and the optional members of a point. */
export const hydrant: RecordFormat = {
  name: "hydrant",
  decode: (record) => readJsonObjects(record, readPart),
};

/** Writes a point as one line (without its line end) that `hydrant` reads back as the same point. */
export function encodePoint(point: MetricPoint): string {
  return JSON.stringify({
    name: point.name,
    value: point.value,
    time: point.timestampMs / 1000,
    type: point.type === "gauge" ? undefined : point.type,
    tags: point.tags.length === 0 ? undefined : point.tags,
    unit: point.unit,
    interval: point.intervalSeconds,
    service: point.service,
    host: point.host,
  });
}

const noTags: readonly string[] = [];

function readPart(value: unknown, raw: string): Part {
  const read = toPoint(value, raw);
  return "reason" in read ? { ...read, raw, count: 1 } : read;
}

function toPoint(value: unknown, source: string): MetricPoint | WhyRejected {
  if (!isObject(value)) return notAMetric("the text is not a metric");
  const { name, value: number, time } = value;
  const type = value["type"] ?? "gauge";
  const tags = value["tags"] ?? noTags;
  if (typeof name !== "string") return { reason: "not-a-metric", detail: "name must be a string" };
  if (name === "") return { reason: "invalid-name", detail: "name must not be empty" };
  if (typeof number !== "number" || !Number.isFinite(number)) {
    return { reason: "invalid-value", detail: "value must be a finite number" };
  }
  const timestampMs = timestampMsOf(time);
  if (timestampMs === undefined) return { reason: "invalid-time", detail: "time must be epoch seconds" };
  if (!isMetricType(type)) return notAMetric(`type must be one of ${metricTypes.join(", ")}`);
  if (!isTags(tags)) return notAMetric("tags must be a list of strings that are not empty");
  const { unit, interval, service, host } = value;
  if (!isTextOrAbsent(unit)) return notAMetric("unit must be a string");
  if (!isIntervalOrAbsent(interval)) return notAMetric("interval must be a whole number of seconds");
  if (!isTextOrAbsent(service)) return notAMetric("service must be a string");
  if (!isTextOrAbsent(host)) return notAMetric("host must be a string");
  return {
    name,
    value: number,
    timestampMs,
    type,
    tags,
    unit: unit || undefined,
    intervalSeconds: interval ?? undefined,
    service: service || undefined,
    host: host || undefined,
    source,
  };
}

const notAMetric = (detail: string): WhyRejected => ({ reason: "not-a-metric", detail });

function isMetricType(type: unknown): type is MetricType {
  return metricTypes.some((each) => each === type);
}
