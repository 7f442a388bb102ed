import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readConfig } from "../../../lib/config.ts";
import type { Destination, Route, Verdict } from "../../../lib/destinations/destination.ts";
import { destinations } from "../../../lib/destinations/index.ts";
import { mackerel } from "../../../lib/destinations/mackerel.ts";
import { plan } from "../../../lib/destinations/plan.ts";
import type { MetricPoint } from "../../../lib/point.ts";
import { anyPoint, nowMs, pointOf } from "../../support/points.ts";
import { sentPoints } from "../../support/request-bodies.ts";
import { runs } from "../../support/runs.ts";

const config = readConfig({
  DATADOG_API_KEY: "datadog-key",
  MACKEREL_API_KEY: "mackerel-key",
  MACKEREL_SERVICE: "shop",
  MACKEREL_SERVICES: "stock",
});

const verdicts: Readonly<Record<Verdict, true>> = {
  accepted: true,
  refused: true,
  "too-large": true,
  "service-not-found": true,
  throttled: true,
  unauthorized: true,
  retry: true,
};

/** What an answer means at one destination only. */
const special: Readonly<Record<string, Readonly<Record<number, Verdict>>>> = {
  datadog: { 200: "accepted", 202: "accepted" },
  mackerel: { 200: "accepted" },
};
const common: Readonly<Record<number, Verdict>> = {
  400: "refused",
  401: "unauthorized",
  403: "unauthorized",
  413: "too-large",
  429: "throttled",
};

function routesOf(destination: Destination): Route[] {
  const points = [pointOf(), pointOf({ type: "distribution" }), pointOf({ service: "stock" })];
  return [...plan(points, destination, nowMs).routes.keys()];
}

const judge = (route: Route, status: number, body = ""): Verdict =>
  route.judge({ status, body, headers: {} });

describe.each(Object.keys(destinations))("the destination %s", (name) => {
  const destination = destinations[name]?.(config);
  if (destination === undefined) throw new Error(`${name} is not configured`);
  const routes = routesOf(destination);

  it("is called what its table calls it", () => {
    expect(destination.name).toBe(name);
  });

  it("makes requests that the service's schema accepts, of any points, with every value once", () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { maxLength: 20 }), (points) => {
        for (const [route, placed] of plan(points, destination, nowMs).routes) {
          const request = route.encode(placed);
          const sent = sentPoints(request);
          expect(sent.map(summary).toSorted()).toEqual(placed.map(summaryOfPoint).toSorted());
          expect(request.rawBytes).toBeLessThanOrEqual(route.limits.maxRawBytes);
          expect(() => new Request(request.url, { method: "POST", ...request })).not.toThrow();
        }
      }),
      { numRuns: runs(2_000) },
    );
  });

  it("tells the length of a body before compression", () => {
    for (const route of routes) {
      const points = [pointOf({ name: "a", tags: ["t:é", "u:💥"] })];
      const { rawBytes, body } = route.encode(points);
      if (typeof body === "string") expect(rawBytes).toBe(Buffer.byteLength(body));
      const longer = route.encode([pointOf({ name: "a".repeat(11), tags: ["t:é", "u:💥"] })]);
      expect(longer.rawBytes).toBe(rawBytes + 10);
    }
  });

  it("has its key in a header, its content type named, and its points at no other host", () => {
    for (const route of routes) {
      const { url, headers } = route.encode([pointOf({ service: "../../v0/hosts" })]);
      expect(Object.values(headers)).toContain(`${name}-key`);
      expect(headers).toMatchObject({ "Content-Type": "application/json" });
      expect(url.startsWith(`${apiUrls[name]}/api/`)).toBe(true);
    }
  });

  it("has a verdict on every status: maybe later, where nothing else is known of it", () => {
    for (const route of routes.filter(({ name: place }) => place !== "stock")) {
      for (let status = 100; status < 600; status++) {
        const expected = special[name]?.[status] ?? common[status] ?? "retry";
        expect(`${status} ${judge(route, status)}`).toBe(`${status} ${expected}`);
      }
    }
  });

  it("has a verdict on any status with any body, and none but `accepted` and `retry` on success", () => {
    const status = fc.oneof(fc.integer({ min: 100, max: 599 }), fc.constantFrom(200, 202, 400, 404, 429));
    fc.assert(
      fc.property(status, fc.oneof(fc.string({ unit: "binary" }), fc.json()), (code, body) => {
        for (const route of routes) {
          const verdict = judge(route, code, body);
          expect(verdicts).toHaveProperty([verdict]);
          if (code < 400) expect(["accepted", "retry"]).toContain(verdict);
          else expect(verdict).toBe(judge(route, code));
        }
      }),
      { numRuns: runs(2_000) },
    );
  });

  it("takes a page with status 200 for no answer of the service", () => {
    for (const route of routes) {
      for (const body of ["<html>Sign in</html>", "ok", '{"success":', "null", "1"])
        expect(judge(route, 200, body)).toBe("retry");
    }
  });
});

const apiUrls: Readonly<Record<string, string>> = {
  datadog: "https://api.datadoghq.com",
  mackerel: "https://api.mackerelio.com",
};

interface Summary {
  readonly value: number;
  readonly time: number;
}

const summary = ({ value, time }: Summary): string => `${time} ${value}`;
const summaryOfPoint = ({ value, timestampMs }: MetricPoint): string =>
  summary({ value, time: Math.floor(timestampMs / 1000) });

describe("what only one service says", () => {
  const [series, distributions] = routesOf(destinations["datadog"]!(config)!);
  const [shop, stock] = routesOf(destinations["mackerel"]!(config)!);

  it.each([
    ["Datadog accepts series with an empty list of errors", series, 202, '{"errors":[]}', "accepted"],
    ["Datadog accepts distributions", distributions, 202, '{"status":"ok"}', "accepted"],
    ["Datadog names errors behind a 202", series, 202, '{"errors":["x"]}', "retry"],
    ["Mackerel accepts", shop, 200, '{"success":true}', "accepted"],
    ["Mackerel says that it did not succeed", shop, 200, '{"success":false}', "retry"],
    ["the configured service does not exist", shop, 404, "", "retry"],
    ["a service that a record named does not exist", stock, 404, "", "service-not-found"],
  ] as const)("%s", (_, route, status, body, verdict) => {
    expect(route && judge(route, status, body)).toBe(verdict);
  });

  it("Datadog gets each point with the tags, the host and the unit that are its own", () => {
    const points = [
      pointOf({ tags: ["a:1\nb:2"], host: "h" }),
      pointOf({ tags: ["a:1", "b:2"], host: "h", timestampMs: nowMs - 1000 }),
      pointOf({ tags: ["a:1", "b:2"], timestampMs: nowMs - 2000 }),
    ];
    const sent = series === undefined ? [] : sentPoints(series.encode(points));
    expect(sent).toMatchObject(points.map(({ tags, host }) => ({ tags, host })));
  });

  it("Mackerel is never asked at another path, whatever a service is called", () => {
    const account = { apiKey: "k", apiUrl: "https://m.test", service: "../../v0/hosts?a", services: [] };
    const [route] = routesOf(mackerel(account));
    expect(route?.encode([pointOf()]).url).toBe(
      "https://m.test/api/v0/services/..%2F..%2Fv0%2Fhosts%3Fa/tsdb",
    );
  });
});
