export interface DatadogPoint {
  readonly metric: string;
  readonly type: "unspecified" | "count" | "rate" | "gauge" | "distribution";
  /** Epoch seconds. */
  readonly timestamp: number;
  readonly value: number;
  readonly tags: readonly string[];
  readonly host?: string | undefined;
  readonly unit?: string | undefined;
  readonly interval?: number | undefined;
}

interface Series {
  readonly metric: string;
  readonly type?: 0 | 1 | 2 | 3;
  readonly points: readonly { readonly timestamp: number; readonly value: number }[];
  readonly tags?: readonly string[];
  readonly resources?: readonly { readonly name: string; readonly type: string }[];
  readonly unit?: string;
  readonly interval?: number;
}

interface Distribution {
  readonly metric: string;
  readonly points: readonly (readonly [timestamp: number, values: readonly number[]])[];
  readonly tags?: readonly string[];
  readonly host?: string;
}

const types = ["unspecified", "count", "rate", "gauge"] as const;

/** The points of a body that passed the schema of `/api/v2/series`. */
export function pointsOfSeries(body: unknown): DatadogPoint[] {
  return (body as { series: readonly Series[] }).series.flatMap(
    ({ metric, type = 0, points, tags = [], resources = [], unit, interval }) => {
      const host = resources.find((resource) => resource.type === "host")?.name;
      return points.map((point) => ({ metric, type: types[type], ...point, tags, host, unit, interval }));
    },
  );
}

/** The points of a body that passed the schema of `/api/v1/distribution_points`. */
export function pointsOfDistributions(body: unknown): DatadogPoint[] {
  return (body as { series: readonly Distribution[] }).series.flatMap(({ metric, points, tags = [], host }) =>
    points.flatMap(([timestamp, values]) =>
      values.map((value) => ({ metric, type: "distribution" as const, timestamp, value, tags, host })),
    ),
  );
}

/** Last write wins for each second of a series; distributions add up. */
export function seriesOf(points: readonly DatadogPoint[]): Map<string, Map<number, readonly number[]>> {
  const series = new Map<string, Map<number, readonly number[]>>();
  for (const { metric, type, timestamp, value, tags, host } of points) {
    const labels = [...(host === undefined ? [] : [`host:${host}`]), ...new Set(tags.toSorted())];
    const key = `${metric}{${labels.join(",")}}`;
    const values = series.get(key) ?? new Map<number, readonly number[]>();
    const earlier = type === "distribution" ? (values.get(timestamp) ?? []) : [];
    series.set(key, values.set(timestamp, [...earlier, value]));
  }
  return series;
}
