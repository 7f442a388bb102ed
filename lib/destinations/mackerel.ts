import type { MetricPoint } from "../point.ts";
import type { Destination, Limits, Placement, Route, Verdict } from "./destination.ts";
import { mackerelNamer } from "./mackerel-name.ts";
import { hasJsonBody } from "./response-body.ts";

export interface MackerelAccount {
  readonly apiKey: string;
  readonly apiUrl: string;
  /** Where points go that name no service; one that does not exist is a mistake to mend, not a bad point. */
  readonly service: string;
  /** Services that a record or a delivery may name. */
  readonly services: readonly string[];
}

/** Mackerel documents no limit; these keep a request near 500 kB, and a 413 halves it. */
const limits: Limits = { maxPoints: 5_000, maxRawBytes: 2_000_000, maxBodyBytes: 2_000_000 };

/** Mackerel documents none here either. Names that no graph could show would make requests of any size. */
const maxNameLength = 1_024;

/** Older points are answered 200 but not recorded. Source: https://mackerel.io/api-docs/entry/service-metrics */
const windowMs = 24 * 3_600_000;

/**
 * Mackerel's service metrics, tags flattened into names. A resend overwrites a point with itself.
 * Source: https://mackerel.io/api-docs/entry/service-metrics
 */
export function mackerel(account: MackerelAccount): Destination {
  const routes = new Map(
    [account.service, ...account.services].map((name) => [name, serviceRoute(account, name)]),
  );
  const nameOf = mackerelNamer();
  return {
    name: "mackerel",
    place(point, nowMs): Placement {
      const route = routes.get(point.service ?? account.service);
      if (route === undefined) {
        return {
          kind: "rejected",
          reason: "service-not-allowed",
          detail: "the service is not in MACKEREL_SERVICES",
        };
      }
      if (point.type === "distribution") {
        return { kind: "rejected", reason: "type-not-supported", detail: "Mackerel has no distributions" };
      }
      const series = nameOf(point);
      if (series === undefined) {
        return {
          kind: "rejected",
          reason: "invalid-name",
          detail: "Mackerel takes letters, digits, . _ and - in names",
        };
      }
      if (series.length > maxNameLength) {
        const detail = `the name with its tags is over ${maxNameLength} characters`;
        return { kind: "rejected", reason: "too-large", detail };
      }
      if (nowMs - second(point) * 1000 > windowMs) {
        return { kind: "expired", reason: "too-old", detail: "Mackerel drops points over 24 hours old" };
      }
      return { kind: "route", route, series };
    },
  };
}

function serviceRoute(account: MackerelAccount, service: string): Route {
  const url = `${account.apiUrl}/api/v0/services/${encodeURIComponent(service)}/tsdb`;
  const headers = { "X-Api-Key": account.apiKey, "Content-Type": "application/json" };
  const isConfigured = service === account.service;
  return {
    name: service,
    addsUp: false,
    limits,
    encode(points) {
      const body = `[${points.map(metricValueWriter()).join(",")}]`;
      return { url, headers, body, rawBytes: body.length }; // names are ASCII: a character is a byte
    },
    judge({ status, body }): Verdict {
      switch (status) {
        case 200:
          return hasJsonBody(body, ({ success }) => success !== false) ? "accepted" : "retry";
        case 400:
          return "refused";
        case 401:
        case 403:
          return "unauthorized";
        case 404:
          return isConfigured ? "retry" : "service-not-found";
        case 413:
          return "too-large";
        case 429:
          return "throttled";
        default:
          return "retry";
      }
    },
  };
}

const second = ({ timestampMs }: MetricPoint): number => Math.floor(timestampMs / 1000);

/** As JSON, by hand: names hold nothing to escape, and numbers are written alike. */
function metricValueWriter(): (point: MetricPoint) => string {
  const nameOf = mackerelNamer();
  return (point) => `{"name":"${nameOf(point) ?? ""}","time":${second(point)},"value":${point.value}}`;
}
