import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { startDatadog } from "./datadog.ts";
import type { DatadogStandIn } from "./datadog.ts";

const nowSeconds = 1_800_000_000;
const series = { metric: "builds.failed", type: 3, points: [{ timestamp: nowSeconds, value: 2 }] };
const distribution = { metric: "builds.seconds", points: [[nowSeconds, [1, 2]]] };

const start = (): Promise<DatadogStandIn> =>
  startDatadog({
    apiKey: "key",
    historical: ["builds.old"],
    refuses: (metric) => metric === "builds.cursed",
    nowMs: () => nowSeconds * 1000,
  });

interface Sending {
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

const distributionPoints = { path: "/api/v1/distribution_points" };

async function post(
  standIn: DatadogStandIn,
  body: unknown,
  { path, headers }: Sending = {},
): Promise<number> {
  const response = await fetch(standIn.url + (path ?? "/api/v2/series"), {
    method: "POST",
    headers: { "dd-api-key": "key", "content-type": "application/json", ...headers },
    body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify({ series: body }),
  });
  const answer: unknown = await response.json();
  if (response.status !== 202) expect(answer).toEqual({ errors: [expect.any(String)] });
  return response.status;
}

const at = (timestamp: number, metric = "builds.failed"): object => ({
  metric,
  points: [{ timestamp, value: 1 }],
});

const bytes = (size: number): Buffer => {
  const body = JSON.stringify({ series: [series] });
  return Buffer.from(body + " ".repeat(size - body.length));
};

describe("the stand-in for Datadog", () => {
  it("keeps the last write of a gauge and adds up distributions", async () => {
    await using standIn = await start();
    const again = { ...series, points: [{ timestamp: nowSeconds, value: 7 }], tags: ["b:2", "a:1"] };
    expect(await post(standIn, [{ ...series, tags: ["a:1", "b:2"] }])).toBe(202);
    expect(await post(standIn, [{ ...again, resources: [{ type: "host", name: "ci" }] }, again])).toBe(202);
    expect(await post(standIn, [distribution], distributionPoints)).toBe(202);
    expect(await post(standIn, [distribution], distributionPoints)).toBe(202);
    expect(Object.fromEntries(standIn.series())).toEqual({
      "builds.failed{a:1,b:2}": new Map([[nowSeconds, [7]]]),
      "builds.failed{host:ci,a:1,b:2}": new Map([[nowSeconds, [7]]]),
      "builds.seconds{}": new Map([[nowSeconds, [1, 2, 1, 2]]]),
    });
    expect(standIn.points().map(({ type, value }) => `${type} ${value}`)).toEqual(
      ["gauge 2", "gauge 7", "gauge 7"].concat([1, 2, 1, 2].map((value) => `distribution ${value}`)),
    );
  });

  it("answers 202 to points outside its window, and drops them", async () => {
    await using standIn = await start();
    const inside = [at(nowSeconds - 3600), at(nowSeconds + 600), at(1, "builds.old")];
    expect(await post(standIn, [...inside, at(nowSeconds - 3601), at(nowSeconds + 601)])).toBe(202);
    expect(standIn.points()).toHaveLength(3);
    expect(standIn.dropped.map(({ timestamp }) => timestamp - nowSeconds)).toEqual([-3601, 601]);
  });

  it("inflates deflate and gzip", async () => {
    await using standIn = await start();
    const body = JSON.stringify({ series: [series] });
    expect(await post(standIn, deflateSync(body), { headers: { "content-encoding": "deflate" } })).toBe(202);
    expect(await post(standIn, gzipSync(body), { headers: { "content-encoding": "gzip" } })).toBe(202);
    expect(await post(standIn, Buffer.from(body), { headers: { "content-encoding": "deflate" } })).toBe(400);
    expect(await post(standIn, Buffer.from(body), { headers: { "content-encoding": "zstd" } })).toBe(400);
    const gzip = { ...distributionPoints, headers: { "content-encoding": "gzip" } };
    expect(await post(standIn, gzipSync(JSON.stringify({ series: [distribution] })), gzip)).toBe(400);
    expect(standIn.points()).toHaveLength(2);
  });

  const refused: [string, object][] = [
    ["a metric that begins with a digit", { ...series, metric: "1st" }],
    ["a metric with a dash", { ...series, metric: "a-b" }],
    ["a metric of 201 characters", { ...series, metric: "a".repeat(201) }],
    ["a time in fractions", { ...series, points: [{ timestamp: 1.5, value: 1 }] }],
    ["a value that is text", { ...series, points: [{ timestamp: 1, value: "1" }] }],
    ["a point as a pair", { ...series, points: [[1, 1]] }],
    ["a type by name", { ...series, type: "gauge" }],
    ["a gauge with an interval", { ...series, interval: 60 }],
    ["an interval in fractions", { ...series, type: 1, interval: 0.5 }],
    ["a tag that is no text", { ...series, tags: [1] }],
    ["a host of its own", { ...series, host: "ci" }],
    ["a metric it refuses by a rule of its own", { ...series, metric: "builds.cursed" }],
  ];

  it.each(refused)("refuses %s with 400 and takes nothing in", async (_, bad) => {
    await using standIn = await start();
    expect(await post(standIn, [series, bad])).toBe(400);
    expect(standIn.points()).toEqual([]);
  });

  it.each([
    ["one value in place of a list", { ...distribution, points: [[1, 1]] }],
    ["no values", { ...distribution, points: [[1, []]] }],
    ["a unit", { ...distribution, unit: "second" }],
    ["another type", { ...distribution, type: "gauge" }],
  ])("refuses a distribution with %s with 400", async (_, bad) => {
    await using standIn = await start();
    expect(await post(standIn, [bad], distributionPoints)).toBe(400);
  });

  it("answers 413 above 512,000 bytes as sent, and from 5,242,880 bytes inflated", async () => {
    await using standIn = await start();
    const headers = { "content-encoding": "deflate" };
    expect(await post(standIn, bytes(512_000))).toBe(202);
    expect(await post(standIn, bytes(512_001))).toBe(413);
    expect(await post(standIn, deflateSync(bytes(5_242_879)), { headers })).toBe(202);
    expect(await post(standIn, deflateSync(bytes(5_242_880)), { headers })).toBe(413);
  });

  it.each([
    [403, "a wrong key", { headers: { "dd-api-key": "guess" } }],
    [404, "another path", { path: "/api/v2/metrics" }],
    [400, "another content type", { headers: { "content-type": "text/plain" } }],
  ])("answers %i to %s", async (status, _, sending) => {
    await using standIn = await start();
    expect(await post(standIn, [series], sending)).toBe(status);
  });

  it("validates a key", async () => {
    await using standIn = await start();
    const validate = async (key: string): Promise<unknown> => {
      const headers = { "dd-api-key": key };
      return (await fetch(`${standIn.url}/api/v1/validate`, { headers })).json();
    };
    expect(await validate("key")).toEqual({ valid: true });
    expect(await validate("guess")).toEqual({ errors: ["Forbidden"] });
  });
});
