import { inflateSync } from "node:zlib";

import type { OutgoingRequest } from "../../lib/send.ts";
import { pointsOfDistributions, pointsOfSeries } from "./datadog-points.ts";
import { checkOf } from "./schemas/check.ts";
import { distributionPoints, series } from "./schemas/datadog.ts";
import { serviceMetrics } from "./schemas/mackerel.ts";

/** What a service reads in a request: one value of one series there. */
export interface SentPoint {
  readonly name: string;
  /** Epoch seconds. */
  readonly time: number;
  readonly value: number;
  readonly tags: readonly string[];
}

interface Address {
  readonly path: RegExp;
  readonly check: (body: unknown) => string | undefined;
  readonly pointsOf: (body: unknown) => SentPoint[];
}

const addresses: readonly Address[] = [
  {
    path: /^\/api\/v2\/series$/,
    check: checkOf(series),
    pointsOf: (body) =>
      pointsOfSeries(body).map(({ metric, timestamp, ...point }) => ({
        ...point,
        name: metric,
        time: timestamp,
      })),
  },
  {
    path: /^\/api\/v1\/distribution_points$/,
    check: checkOf(distributionPoints),
    pointsOf: (body) =>
      pointsOfDistributions(body).map(({ metric, timestamp, ...point }) => ({
        ...point,
        name: metric,
        time: timestamp,
      })),
  },
  {
    path: /^\/api\/v0\/services\/[A-Za-z0-9_-]+\/tsdb$/,
    check: checkOf(serviceMetrics),
    pointsOf: (body) => (body as Omit<SentPoint, "tags">[]).map((point) => ({ ...point, tags: [] })),
  },
];

/**
 * The points of a request to Datadog or Mackerel.
 * @throws when the service's schema does not accept its body.
 */
export function sentPoints({ url, headers, body }: OutgoingRequest): SentPoint[] {
  const { pathname } = new URL(url);
  const address = addresses.find(({ path }) => path.test(pathname));
  if (address === undefined) throw new Error(`nobody serves ${pathname}`);
  const isDeflated = new Headers(headers).get("content-encoding") === "deflate";
  const parsed: unknown = JSON.parse(String(isDeflated ? inflateSync(body) : body));
  const problem = address.check(parsed);
  if (problem !== undefined) throw new Error(problem);
  return address.pointsOf(parsed);
}
