import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type * as Endpoint from "../../functions/endpoint.ts";
import type { LambdaResult } from "../../lib/http/lambda.ts";
import type { Fault } from "../support/faults.ts";
import { anyEvent } from "../support/lambda-arbitraries.ts";
import { contextWith, expectContract } from "../support/lambda-contract.ts";
import { deliveredPoints, delivery, lambdaEvents } from "../support/lambda-events.ts";
import { startMackerel } from "../support/mackerel.ts";
import type { MackerelStandIn } from "../support/mackerel.ts";
import { runs } from "../support/runs.ts";

const apiKey = "key-of-the-mackerel-account";
const events = [...lambdaEvents()].map(([name, text]) => ({ name, event: JSON.parse(text) as LambdaEvent }));

interface LambdaEvent {
  readonly rawPath?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let mackerel: MackerelStandIn;
let dataDir: string;
let endpoint: typeof Endpoint;
let fault: Fault | undefined;
let output = "";

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "hydrant-endpoint-"));
  mackerel = await startMackerel({ apiKey, services: ["shop"], faults: () => fault });
  vi.stubEnv("MACKEREL_API_URL", mackerel.url);
  vi.stubEnv("MACKEREL_API_KEY", apiKey);
  vi.stubEnv("MACKEREL_SERVICE", "shop");
  vi.stubEnv("HYDRANT_ACCESS_KEYS", delivery.accessKey);
  vi.stubEnv("HYDRANT_PASSTHROUGH", "1");
  vi.stubEnv("HYDRANT_DATA_DIR", dataDir);
  endpoint = await import("../../functions/endpoint.ts");
});

beforeEach(() => {
  output = "";
  fault = undefined;
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((chunk) => {
      output += String(chunk);
      return true;
    });
  }
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await mackerel[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

const invoke = (event: unknown): Promise<LambdaResult> => endpoint.handler(event, contextWith(30_000));

/** The lines written since the test began: those of the log, and CloudWatch metrics. */
function lines(): { log: Record<string, unknown>[]; metrics: Record<string, unknown>[] } {
  const all = output.split("\n").filter((line) => line !== "");
  const parsed = all.map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    log: parsed.filter((line) => !("_aws" in line)),
    metrics: parsed.filter((line) => "_aws" in line),
  };
}

/** A function URL's event that delivers these records. */
function eventWith(records: readonly string[]): LambdaEvent {
  const { requestId } = delivery;
  const data = records.map((text) => ({ data: Buffer.from(text).toString("base64") }));
  const event = JSON.parse(lambdaEvents().get("function-url.plain.json") ?? "{}") as LambdaEvent;
  const { "content-length": _, ...headers } = event.headers;
  return { ...event, headers, body: JSON.stringify({ requestId, timestamp: 1, records: data }) };
}

/** The same by the pass-through, of which the access key is Mackerel's. */
function passedThrough(records: readonly string[], accessKey: string): LambdaEvent {
  const event = eventWith(records);
  const headers = {
    ...event.headers,
    "x-amz-firehose-access-key": accessKey,
    "x-amz-firehose-common-attributes": JSON.stringify({ commonAttributes: { service: "shop" } }),
  };
  return { ...event, rawPath: "/service", headers };
}

const line = JSON.stringify({ name: "builds.failed", value: 3, time: deliveredPoints[0]?.time });

describe("the endpoint function", () => {
  it("exports its handler alone", () => {
    expect(Object.keys(endpoint)).toEqual(["handler"]);
  });

  it.each(events)("delivers $name and answers as Firehose accepts it", async ({ event }) => {
    const before = mackerel.points().length;
    const result = await invoke(event);
    expectContract(result);
    expect(result.statusCode).toBe(200);
    expect(result.body).toMatch(new RegExp(`^{"requestId":"${delivery.requestId}","timestamp":\\d{13}}$`));
    const points = mackerel.points().slice(before);
    expect(points).toEqual(deliveredPoints.map((point) => ({ service: "shop", ...point })));
  });

  it("writes one line of log and one of metrics for each delivery, those side by side too", async () => {
    await Promise.all([invoke(eventWith([line])), invoke(eventWith([line, "", "oops", "oops"]))]);
    const { log, metrics } = lines();
    expect(log.map(({ level, message, records }) => [level, message, records])).toEqual(
      expect.arrayContaining([
        ["INFO", "delivery", 1],
        ["INFO", "delivery", 4],
      ]),
    );
    const counts = metrics.map(({ AcceptedPoints, RejectedPoints }) => ({ AcceptedPoints, RejectedPoints }));
    expect(counts).toHaveLength(2);
    expect(counts).toContainEqual({ AcceptedPoints: 1, RejectedPoints: 0 });
    expect(counts).toContainEqual({ AcceptedPoints: 1, RejectedPoints: 2 });
    expect(await readdir(join(dataDir, "backup"), { recursive: true })).toContain(
      `${delivery.stream}/rejected`,
    );
  });

  it("emits the metrics by stream and destination, in Hydrant's namespace", async () => {
    await invoke(eventWith([line, line]));
    const [{ _aws: head, ...members } = {}] = lines().metrics;
    const counts = { AcceptedPoints: 1, MergedPoints: 1, RejectedPoints: 0, ExpiredPoints: 0 };
    const Metrics = Object.keys(counts).map((Name) => ({ Name, Unit: "Count" }));
    const dimensions = { stream: delivery.stream, destination: "mackerel" };
    const directive = { Namespace: "Hydrant", Dimensions: [Object.keys(dimensions)], Metrics };
    expect(head).toEqual({ Timestamp: expect.any(Number), CloudWatchMetrics: [directive] });
    expect(members).toEqual({ ...dimensions, ...counts });
  });

  it("answers 503 while Mackerel refuses the key, and counts the points that come again", async () => {
    fault = { kind: "status", status: 403, body: `{"error":{"message":"no key ${apiKey}"}}` };
    const result = await invoke(eventWith([line]));
    expectContract(result);
    expect(result.statusCode).toBe(503);
    expect(result.body).not.toContain(apiKey);
    const [{ _aws: _, ...members } = {}] = lines().metrics;
    expect(members).toEqual({ stream: delivery.stream, destination: "mackerel", RetryPoints: 1 });
    expect(lines().log).toMatchObject([{ level: "WARN", status: 503, requestId: delivery.requestId }]);
  });

  it("answers 401 to a wrong key, logs it and measures nothing in its name", async () => {
    const event = eventWith([line]);
    const headers = { ...event.headers, "x-amz-firehose-access-key": "guessed-access-key" };
    const result = await invoke({ ...event, headers });
    expectContract(result);
    expect(result.statusCode).toBe(401);
    expect(lines()).toMatchObject({ log: [{ level: "WARN", status: 401 }], metrics: [] });
    expect(output).not.toContain("guessed-access-key");
  });

  it.each([
    { of: "an empty record", record: "", status: 200 },
    { of: "a point that is too old", record: JSON.stringify({ name: "a", value: 1, time: 1 }), status: 503 },
  ])("measures nothing of $of that came through the pass-through with an unproven key", async (given) => {
    const result = await invoke(passedThrough([given.record], "guessed-mackerel-key"));
    expectContract(result);
    expect(result.statusCode).toBe(given.status);
    expect(lines()).toMatchObject({ log: [{ destination: "service", records: 1 }], metrics: [] });
  });

  it("measures what the pass-through delivered, under no name of its caller's", async () => {
    expect((await invoke(passedThrough([line, "oops"], apiKey))).statusCode).toBe(200);
    const [{ _aws: _, ...members } = {}] = lines().metrics;
    const counts = { AcceptedPoints: 1, MergedPoints: 0, RejectedPoints: 1, ExpiredPoints: 0 };
    expect(members).toEqual({ destination: "service", ...counts });
  });

  it("writes no secret and no payload", async () => {
    for (const { event } of events) await invoke(event);
    await invoke(eventWith(["no metric at all"]));
    fault = { kind: "wrong-body" };
    await invoke(eventWith([line]));
    expect(lines().log).toHaveLength(events.length + 2);
    for (const secret of [
      apiKey,
      delivery.accessKey,
      "pull_requests",
      "builds.failed",
      "no metric",
      "environment",
    ]) {
      expect(output).not.toContain(secret);
    }
  });

  it("answers any event at all with a contract reply", async () => {
    const property = fc.asyncProperty(anyEvent, async (event) => expectContract(await invoke(event)));
    await fc.assert(property, { numRuns: runs(1_000) });
    expect(lines().log.filter(({ message }) => message !== "delivery")).toEqual([]);
  });
});
