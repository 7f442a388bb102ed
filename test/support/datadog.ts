import { gunzipSync, inflateSync } from "node:zlib";
import { pointsOfDistributions, pointsOfSeries, seriesOf } from "./datadog-points.ts";
import type { DatadogPoint } from "./datadog-points.ts";
import { checkOf } from "./schemas/check.ts";
import { distributionPoints, series } from "./schemas/datadog.ts";
import { parseJson, startStandIn } from "./stand-in.ts";
import type { Faults, Outcome, ReceivedRequest } from "./faults.ts";
import type { StandIn } from "./stand-in.ts";

export interface DatadogOptions {
  readonly apiKey: string;
  /** Metrics with historical ingestion switched on: no age is too old. */
  readonly historical?: readonly string[];
  /** Metrics that make the whole request a 400, as a rule of the service that nobody knew would. */
  readonly refuses?: (metric: string) => boolean;
  readonly nowMs?: () => number;
  readonly faults?: Faults;
}

export interface DatadogStandIn extends StandIn {
  /** Everything taken in, in order of arrival; each value of a distribution is a point. */
  points(): readonly DatadogPoint[];
  /** What was answered with success and not taken in. */
  readonly dropped: readonly DatadogPoint[];
  /**
   * What a graph shows: by `metric{host,tags}` (tags sorted), then by second, the last value written; of a
   * distribution all values, since Datadog adds up those.
   */
  series(): ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;
}

/** Source: https://docs.datadoghq.com/api/latest/metrics/#submit-metrics */
const limits = { bodyBytes: 512_000, inflatedBytes: 5_242_880, pastMs: 3_600_000, futureMs: 600_000 };

interface Route {
  readonly check: (body: unknown) => string | undefined;
  readonly contentType: RegExp;
  readonly encodings: readonly (string | undefined)[];
  readonly accepted: object;
  readonly pointsOf: (body: unknown) => DatadogPoint[];
}

const routes: Readonly<Record<string, Route>> = {
  "/api/v2/series": {
    check: checkOf(series),
    contentType: /^application\/json\b/,
    encodings: [undefined, "deflate", "gzip"],
    accepted: { errors: [] },
    pointsOf: pointsOfSeries,
  },
  "/api/v1/distribution_points": {
    check: checkOf(distributionPoints),
    contentType: /^(application|text)\/json\b/,
    encodings: [undefined, "deflate"],
    accepted: { status: "ok" },
    pointsOf: pointsOfDistributions,
  },
};

/** Datadog's metric intake, as strict as documented. */
export async function startDatadog(options: DatadogOptions): Promise<DatadogStandIn> {
  const { nowMs = Date.now, historical = [] } = options;
  const points: DatadogPoint[] = [];
  const dropped: DatadogPoint[] = [];
  const keep = (posted: readonly DatadogPoint[]): void => {
    const now = nowMs();
    for (const point of posted) {
      const ageMs = now - point.timestamp * 1000;
      const isTooOld = ageMs > limits.pastMs && !historical.includes(point.metric);
      (isTooOld || -ageMs > limits.futureMs ? dropped : points).push(point);
    }
  };
  const standIn = await startStandIn((request) => answer(request, options, keep), options.faults);
  return { ...standIn, points: () => points, dropped, series: () => seriesOf(points) };
}

type Keep = (posted: readonly DatadogPoint[]) => void;

function answer(request: ReceivedRequest, options: DatadogOptions, keep: Keep): Outcome {
  if (request.headers["dd-api-key"] !== options.apiKey) return failure(403, "Forbidden");
  if (request.method === "GET" && request.path === "/api/v1/validate") {
    return { status: 200, body: { valid: true } };
  }
  const route = routes[request.path];
  if (request.method !== "POST" || route === undefined) return failure(404, "Not Found");
  const { "content-type": type = "", "content-encoding": encoding } = request.headers;
  if (!route.contentType.test(type)) return failure(400, `Content-Type ${type} is not supported`);
  if (!route.encodings.includes(encoding))
    return failure(400, `Content-Encoding ${encoding} is not supported`);
  if (request.body.length > limits.bodyBytes) return failure(413, "Payload too large");
  const text = inflate(request.body, encoding);
  if (text === "too-large") return failure(413, "Payload too large");
  const body = parseJson(text);
  const wrong = route.check(body);
  if (wrong !== undefined) return failure(400, wrong);
  const posted = route.pointsOf(body);
  if (posted.some(({ metric }) => options.refuses?.(metric))) return failure(400, "Bad metric");
  return { status: 202, body: route.accepted, record: () => keep(posted) };
}

/** Nothing, where the body does not inflate: no JSON either. */
function inflate(body: Buffer, encoding: string | undefined): Buffer | "too-large" {
  // "Less than 5 megabytes (5242880 bytes)."
  const options = { maxOutputLength: limits.inflatedBytes - 1 };
  try {
    if (encoding === "gzip") return gunzipSync(body, options);
    return encoding === "deflate" ? inflateSync(body, options) : body;
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    return isTooLarge ? "too-large" : Buffer.alloc(0);
  }
}

function failure(status: number, message: string): Outcome {
  return { status, body: { errors: [message] } };
}
