import { serviceMetrics } from "./schemas/mackerel.ts";
import { checkOf } from "./schemas/check.ts";
import { parseJson, startStandIn } from "./stand-in.ts";
import type { Faults, Outcome, ReceivedRequest } from "./faults.ts";
import type { StandIn } from "./stand-in.ts";

export interface MackerelPoint {
  readonly service: string;
  readonly name: string;
  /** Epoch seconds. */
  readonly time: number;
  readonly value: number;
}

export interface MackerelOptions {
  readonly apiKey: string;
  /** A key that may not write: 403. */
  readonly readOnlyApiKey?: string;
  readonly services: readonly string[];
  /** Names that make the whole request a 400, as a rule of the service that nobody knew would. */
  readonly refuses?: (name: string) => boolean;
  readonly nowMs?: () => number;
  readonly faults?: Faults;
}

export interface MackerelStandIn extends StandIn {
  /** Everything recorded, in order of arrival. */
  points(): readonly MackerelPoint[];
  /** What was answered with success and not recorded. */
  readonly dropped: readonly MackerelPoint[];
  /** What a graph of the service shows: by name, then by time, the last value written. */
  series(service: string): ReadonlyMap<string, ReadonlyMap<number, number>>;
}

/** "Metrics posted more than 24 hours late are not recorded." Source: https://mackerel.io/api-docs/entry/service-metrics */
const maxAgeMs = 86_400_000;

const check = checkOf(serviceMetrics);

/** Mackerel's service metrics, as strict as documented. */
export async function startMackerel(options: MackerelOptions): Promise<MackerelStandIn> {
  const { nowMs = Date.now } = options;
  const points: MackerelPoint[] = [];
  const dropped: MackerelPoint[] = [];
  const keep = (posted: readonly MackerelPoint[]): void => {
    const oldestMs = nowMs() - maxAgeMs;
    for (const point of posted) (point.time * 1000 < oldestMs ? dropped : points).push(point);
  };
  const standIn = await startStandIn((request) => answer(request, options, keep), options.faults);
  return { ...standIn, points: () => points, dropped, series: (service) => seriesOf(points, service) };
}

function answer(
  request: ReceivedRequest,
  options: MackerelOptions,
  keep: (posted: readonly MackerelPoint[]) => void,
): Outcome {
  const key = request.headers["x-api-key"];
  const isReadOnly = key === options.readOnlyApiKey;
  if (key === undefined || (key !== options.apiKey && !isReadOnly))
    return failure(401, "Authentication failed");
  if (request.method === "GET" && request.path === "/api/v0/services") {
    const services = options.services.map((name) => ({ name, memo: "", roles: [] }));
    return { status: 200, body: { services } };
  }
  const service = /^\/api\/v0\/services\/([^/?]+)\/tsdb$/.exec(request.path)?.[1];
  if (request.method !== "POST" || service === undefined) return failure(404, "Not found");
  if (isReadOnly) return failure(403, "This API key may not write");
  if (!options.services.includes(service)) return failure(404, "Service not found");
  return post(request, service, { keep, refuses: options.refuses ?? (() => false) });
}

interface Post {
  readonly keep: (posted: readonly MackerelPoint[]) => void;
  readonly refuses: (name: string) => boolean;
}

function post(request: ReceivedRequest, service: string, { keep, refuses }: Post): Outcome {
  const { "content-type": type, "content-encoding": encoding } = request.headers;
  if (!/^application\/json\b/.test(type ?? "")) return failure(400, "Content-Type must be application/json");
  if (encoding !== undefined) return failure(400, `Content-Encoding ${encoding} is not supported`);
  const body = parseJson(request.body);
  const wrong = check(body);
  if (wrong !== undefined) return failure(400, wrong);
  const posted = (body as Omit<MackerelPoint, "service">[]).map((point) => ({ service, ...point }));
  if (posted.some(({ name }) => refuses(name))) return failure(400, "Bad name");
  return { status: 200, body: { success: true }, record: () => keep(posted) };
}

/** Source: https://github.com/mackerelio/mackerel-client-go, error.go */
function failure(status: number, message: string): Outcome {
  return { status, body: { error: { message } } };
}

function seriesOf(points: readonly MackerelPoint[], service: string): Map<string, Map<number, number>> {
  const series = new Map<string, Map<number, number>>();
  for (const { name, time, value } of points.filter((point) => point.service === service)) {
    const values = series.get(name) ?? new Map<number, number>();
    series.set(name, values.set(time, value));
  }
  return series;
}
