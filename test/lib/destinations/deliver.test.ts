import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import type { MetricPoint } from "../../../lib/point.ts";
import { pointOf, pointsOf } from "../../support/points.ts";
import { apiKey, toDatadog, toMackerel, tryDelivery, type Trial } from "../../support/deliveries.ts";
import type { Fault } from "../../support/faults.ts";

const status = (code: number, more: Partial<Fault> = {}): Fault =>
  ({ kind: "status", status: code, ...more }) as Fault;
const always = (fault: Fault) => (): Fault => fault;

const noise = (index: number): string => createHash("sha512").update(`${index}`).digest("base64");

describe("requests of one delivery", () => {
  it.each([
    [0, 0],
    [1, 1],
    [7, 1],
    [8, 2],
    [70, 10],
  ])("with %i points of which 7 fit into one are %i", async (count, requests) => {
    const { service, accepted } = await tryDelivery(pointsOf(count), { limits: { maxPoints: 7 } });
    expect(service.requests).toHaveLength(requests);
    expect(accepted).toBe(count);
  });

  it("are as few as 5,000 points a request make them at Mackerel", async () => {
    const { service } = await tryDelivery(pointsOf(20_001));
    expect(service.requests.map(({ names }) => names.length)).toEqual([5_000, 5_000, 5_000, 5_000, 1]);
  });

  it.each([
    ["what hardly shrinks", noise],
    ["what shrinks well", (index: number) => `${index}`.padStart(190, "a")],
  ])("keep to both of Datadog's size limits with %s", async (_, value) => {
    const points = pointsOf(20_000).map((point, index) => ({ ...point, tags: [`t:${value(index)}`] }));
    const sizes: number[] = [];
    const rawSizes: number[] = [];
    const { accepted } = await tryDelivery(points, {
      destination: toDatadog,
      send: (request) => {
        sizes.push(request.body.length);
        rawSizes.push(inflateSync(request.body).byteLength);
        return Promise.resolve({ status: 202, body: "", headers: {} });
      },
    });
    expect(accepted).toBe(20_000);
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(512_000);
    expect(Math.max(...rawSizes)).toBeLessThan(5_242_880);
  });

  it("are open four at a time at most", async () => {
    const slow = always({ kind: "slow", ms: 100 });
    const { service } = await tryDelivery(pointsOf(40), { limits: { maxPoints: 1 }, faults: slow });
    expect(service.mostOpen).toBe(4);
    expect(service.requests).toHaveLength(40);
  });
});

describe("a request that the service refuses", () => {
  const culprits = new Set(["p3", "p17", "p64"]);
  const refuses = (name: string): boolean => culprits.has(name);

  it("is halved until the culprits are alone, and the others are delivered", async () => {
    const { rejected, accepted, retry, service } = await tryDelivery(pointsOf(100), { refuses });
    expect(rejected.map(({ point }) => point.name).toSorted()).toEqual([...culprits].toSorted());
    expect(rejected[0]).toMatchObject({
      reason: "refused-by-destination",
      detail: 'mackerel answered 400: {"error":"bad name"}',
    });
    expect([accepted, retry]).toEqual([97, 0]);
    expect(service.requests.length).toBeLessThan(50);
  });

  it("is believed where it holds less than ten points, all refused", async () => {
    const { rejected, retry } = await tryDelivery(pointsOf(9), { refuses: () => true });
    expect([rejected.length, retry]).toEqual([9, 0]);
  });

  it.each([10, 33, 5_000])(
    "is a matter of configuration where all of %i points are refused",
    async (count) => {
      const { rejected, retry, problems, service } = await tryDelivery(pointsOf(count), {
        refuses: () => true,
      });
      expect([rejected.length, retry]).toEqual([0, count]);
      expect(problems).toEqual(['every point was refused: mackerel answered 400: {"error":"bad name"}']);
      expect(service.requests.length).toBeLessThan(1_200);
    },
  );

  it("rejects every point that was merged into the culprit", async () => {
    const points = [1, 2].map((value) => pointOf({ name: "p3", type: "count", value }));
    const { rejected } = await tryDelivery([...pointsOf(3), ...points], { refuses });
    expect(rejected.map(({ point }) => point)).toEqual(points);
  });
});

describe("points most of which are refused", () => {
  it.each<[string, number, (index: number) => boolean]>([
    ["one of a hundred is good", 100, (index) => index === 37],
    ["every sixteenth is good", 1_024, (index) => index % 16 === 15],
    ["every thirty-second is good", 5_000, (index) => index % 32 === 31],
    ["only the last twentieth is good", 5_000, (index) => index >= 4_750],
    ["the first requests hold nothing good", 12_000, (index) => index >= 10_000],
  ])("are all tried where %s", async (_, count, isGood) => {
    const points = pointsOf(count);
    const refuses = (name: string): boolean => !isGood(Number(name.slice(1)));
    const { rejected, accepted, retry } = await tryDelivery(points, { refuses });
    const bad = points.filter(({ name }) => refuses(name)).length;
    expect([rejected.length, accepted, retry]).toEqual([bad, count - bad, 0]);
  });

  it("are one culprit where all are of one series and second", async () => {
    const points = Array.from({ length: 12 }, () => pointOf({ type: "count" }));
    const { rejected, retry } = await tryDelivery(points, { refuses: () => true });
    expect([rejected.length, retry]).toEqual([12, 0]);
  });
});

const values = (count: number): MetricPoint[] =>
  Array.from({ length: count }, (_, value) => pointOf({ type: "distribution", value }));
const secondFails = (index: number): Fault => (index === 1 ? status(500) : { kind: "slow", ms: 10 });

describe("distributions, which add up when they are sent again,", () => {
  const mixed = [...pointsOf(4), ...values(4)];
  const trial = { destination: toDatadog, limits: { maxPoints: 2 } };

  it("are sent when everything else is through", async () => {
    const { service, accepted } = await tryDelivery(mixed, trial);
    const paths = service.requests.map(({ path }) => path);
    expect(accepted).toBe(8);
    expect(paths).toEqual([
      ...Array<string>(2).fill("/api/v2/series"),
      ...Array<string>(2).fill("/api/v1/distribution_points"),
    ]);
  });

  it("are not sent at all while something has to be sent again, since they would add up", async () => {
    const { service, accepted, retry } = await tryDelivery(mixed, { ...trial, faults: [status(500)] });
    expect([accepted, retry]).toEqual([2, 6]);
    expect(service.requests.every(({ path }) => path === "/api/v2/series")).toBe(true);
  });

  it("go one request at a time, and no further than the first that fails", async () => {
    const { accepted, retry, service } = await tryDelivery(values(10), { ...trial, faults: secondFails });
    expect([accepted, retry, service.requests.length, service.mostOpen]).toEqual([2, 8, 2, 1]);
  });

  it.each([
    ["another point has to come again", [pointOf()], { faults: [status(500)] }],
    ["every other point was refused", pointsOf(10), { refuses: () => true }],
    [
      "a refused point could not be kept",
      [pointOf({ name: "" })],
      { keep: () => Promise.resolve("no disk") },
    ],
  ])("wait for the next attempt where %s", async (_, others, more) => {
    const { service, retry } = await tryDelivery([...values(4), ...others], { ...trial, ...more });
    expect(retry).toBeGreaterThanOrEqual(4);
    expect(service.requests.filter(({ path }) => path.includes("distribution"))).toEqual([]);
  });

  it("go once what was refused is kept", async () => {
    const kept: unknown[] = [];
    const keep: Trial["keep"] = ({ rejected }) => {
      kept.push(...rejected.map(({ reason }) => reason));
      return Promise.resolve(undefined);
    };
    const { accepted, retry, rejected } = await tryDelivery([...values(4), pointOf({ name: "" })], {
      ...trial,
      keep,
    });
    expect([accepted, retry, rejected.length, kept]).toEqual([4, 0, 1, ["invalid-name"]]);
  });
});

describe("a request that is too large for the service", () => {
  it("is halved until its parts fit", async () => {
    const { accepted, service } = await tryDelivery(pointsOf(100), { maxPoints: 30 });
    expect(accepted).toBe(100);
    expect(service.requests.filter((request) => request.status === 200)).toHaveLength(4);
  });

  it("rejects a point that is too large alone, by the service's word or by the limits", async () => {
    const byService = await tryDelivery(pointsOf(2), { maxPoints: 0 });
    expect(byService.rejected).toMatchObject([{ reason: "too-large" }, { reason: "too-large" }]);
    const large = pointOf({ tags: [`k:${"a".repeat(1_000)}`] });
    const byLimit = await tryDelivery([pointOf(), large], { limits: { maxRawBytes: 500 } });
    expect(byLimit.rejected).toMatchObject([{ point: large, reason: "too-large" }]);
    expect(byLimit.accepted).toBe(1);
  });
});

describe("a service that calls everything too large", () => {
  it.each([
    [9, { rejected: 9, retry: 0 }],
    [10, { rejected: 0, retry: 10 }],
  ])("has %i points %o: from ten on that is no matter of points", async (count, { rejected, retry }) => {
    const outcome = await tryDelivery(pointsOf(count), { maxPoints: 0 });
    expect([outcome.rejected.length, outcome.retry]).toEqual([rejected, retry]);
  });
});

describe("what may be accepted later is to be sent again after", () => {
  const hour: Partial<Fault> = { headers: { "retry-after": "3600" } };
  it.each([
    ["status 408", status(408)],
    ["status 429 beyond the deadline", status(429, hour)],
    ["status 500", status(500)],
    ["status 503", status(503)],
    ["any status that has no meaning here", status(418)],
    ["a redirect", status(307, { headers: { location: "https://elsewhere.test/" } })],
    ["status 401", status(401)],
    ["status 403", status(403)],
    ["status 404 for the configured service", status(404)],
    ["a page in place of an answer", { kind: "wrong-body" }],
    ["a network error", { kind: "reset" }],
    ["a broken answer", { kind: "truncated" }],
    ["no answer at all", { kind: "hang" }],
  ] as const)("%s", async (_, fault) => {
    const { accepted, rejected, retry, problems } = await tryDelivery(pointsOf(3), { faults: always(fault) });
    expect([accepted, rejected, retry]).toEqual([0, [], 3]);
    expect(problems).toEqual([expect.stringMatching(/^mackerel (answered|gave no answer)/)]);
  });

  it("while the other requests of the delivery are still sent", async () => {
    const { accepted, retry } = await tryDelivery(pointsOf(6), {
      limits: { maxPoints: 2 },
      faults: [undefined, status(500)],
    });
    expect([accepted, retry]).toEqual([4, 2]);
  });

  it("an account that is refused, without a further request", async () => {
    const { isUnauthorized, retry, service } = await tryDelivery(pointsOf(40), {
      limits: { maxPoints: 1 },
      faults: always(status(403)),
    });
    expect([isUnauthorized, retry]).toEqual([true, 40]);
    expect(service.requests.length).toBeLessThanOrEqual(4);
  });

  it("but never a service that a record named and that does not exist", async () => {
    const { rejected, retry } = await tryDelivery(pointsOf(2, { service: "stock" }), {
      faults: always(status(404)),
    });
    expect(rejected).toMatchObject([{ reason: "service-not-found" }, { reason: "service-not-found" }]);
    expect(retry).toBe(0);
  });
});

describe("no point is in what a delivery tells", () => {
  const points = pointsOf(12).map((point) => ({
    ...point,
    name: `secret.${point.name}`,
    tags: ["team:secret-team"],
  }));
  it.each([
    ["Mackerel", toMackerel],
    ["Datadog", toDatadog],
  ])("where %s quotes the request", async (_, destination) => {
    const { problems } = await tryDelivery(points, {
      destination,
      send: ({ body }) => {
        const quoted = typeof body === "string" ? body : inflateSync(body).toString();
        const answer = { errors: [`no such thing: ${quoted}`] };
        return Promise.resolve({ status: 500, headers: {}, body: JSON.stringify(answer) });
      },
    });
    expect(problems.join()).toContain('answered 500: {"errors":["no such thing: ');
    expect(problems.join()).not.toMatch(/secret/);
  });
});

describe("no API key is in what a delivery tells", () => {
  const leaks: readonly [string, Fault][] = [
    ["an answer that repeats it", status(500, { body: `bad key ${apiKey}, ${apiKey}` })],
    ["an answer that has it after much white space", status(400, { body: " ".repeat(1_990) + apiKey })],
    ["an answer that quotes it", status(500, { body: JSON.stringify({ error: `bad ${apiKey}` }) })],
    ["a refusal of the account", status(403, { body: JSON.stringify({ error: { message: apiKey } }) })],
  ];
  it.each(leaks)("after %s", async (_, fault) => {
    const { problems, rejected } = await tryDelivery(pointsOf(1), { faults: always(fault) });
    const told = JSON.stringify([problems, rejected.map(({ detail }) => detail)]);
    expect(told).toContain("mackerel answered");
    expect(told).not.toContain("secret");
  });

  it("after a network error that tells of it", async () => {
    const { problems } = await tryDelivery(pointsOf(1), {
      send: () => Promise.reject(new TypeError(`bad header ${apiKey}`)),
    });
    expect(problems).toEqual(["mackerel gave no answer: bad header ***"]);
  });
});
