import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import type * as Collector from "../../functions/collector.ts";
import type { TickReport } from "../../lib/tick.ts";
import { pullRequestOf, repositoryOf } from "../support/github-model.ts";
import { githubToken } from "../support/github.ts";
import { contextWith } from "../support/lambda-contract.ts";
import { startTickHost, type TickHost } from "../support/tick-host.ts";

const web = repositoryOf("acme/web");
let host: TickHost;
let collector: typeof Collector;
let output = "";

beforeAll(async () => {
  host = await startTickHost({ repositories: [web] });
  const aws = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "any", AWS_SECRET_ACCESS_KEY: "any" };
  const env = { ...host.env, ...aws, AWS_ENDPOINT_URL_FIREHOSE: host.host.url };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  collector = await import("../../functions/collector.ts");
});

beforeEach(() => {
  output = "";
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, "write").mockImplementation((chunk) => {
      output += String(chunk);
      return true;
    });
  }
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await host[Symbol.asyncDispose]();
});

const invoke = (event: unknown, leftMs = 120_000): Promise<TickReport> =>
  collector.handler(event, contextWith(leftMs));

/** A minute of the last half hour, as EventBridge writes it. */
const minuteAgo = (minutes: number): string =>
  new Date(Math.floor(Date.now() / 60_000) * 60_000 - minutes * 60_000).toISOString().replace(".000", "");

function lines(): { log: Record<string, unknown>[]; metrics: Record<string, unknown>[] } {
  const parsed = output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    log: parsed.filter((line) => !("_aws" in line)),
    metrics: parsed.filter((line) => "_aws" in line),
  };
}

describe("the collector function", () => {
  it("exports its handler alone", () => {
    expect(Object.keys(collector)).toEqual(["handler"]);
  });

  it("makes events of the schedule to 0, 1, 0 at both services while a pull request opens and closes", async () => {
    await invoke({ scheduledTime: minuteAgo(20) });
    web.pullRequests = [pullRequestOf(1, { labels: ["bug"] })];
    await invoke({ scheduledTime: minuteAgo(15) });
    web.pullRequests = [];
    await invoke({
      version: "0",
      "detail-type": "Scheduled Event",
      source: "aws.events",
      time: minuteAgo(10),
    });
    const expected = { datadog: [0, 1, 0], mackerel: [0, 1, 0] };
    expect(await host.values("github.pull_requests.open", ["repository:acme/web"], 3)).toEqual(expected);
    const bug = ["repository:acme/web", "label:bug"];
    expect(await host.values("github.pull_requests.open.by_label", bug, 3)).toEqual({
      datadog: [1, 0],
      mackerel: [1, 0],
    });
  });

  it("puts the same points when an event comes twice, but for what is said of the collecting itself", async () => {
    const before = host.mackerel.points().length;
    const { points } = await invoke({ scheduledTime: minuteAgo(5) });
    expect((await invoke({ scheduledTime: minuteAgo(5) })).points).toBe(points);
    await expect.poll(() => host.mackerel.points().length).toBe(before + 2 * points);
    const put = host.mackerel.points().slice(before);
    const told = put.filter(({ name }) => !/seconds|rate_limit/.test(name));
    const distinct = new Set(told.map((point) => JSON.stringify(point)));
    expect(distinct.size).toBe(told.length / 2);
  });

  it("writes one line of log and one of metrics for each tick, and no secret", async () => {
    await invoke({ scheduledTime: minuteAgo(1) });
    const { log, metrics } = lines();
    expect(log).toMatchObject([
      { level: "INFO", message: "tick", collector: "github", repositories: 1, failures: [] },
    ]);
    expect(metrics).toEqual([
      {
        _aws: expect.anything(),
        installation: expect.any(String),
        collector: "github",
        FailedRepositories: 0,
        CollectedPoints: expect.any(Number),
      },
    ]);
    expect(output).not.toContain(githubToken);
  });

  it("fails where not every stream took the points, so that the alarm and the dead-letter queue tell of it", async () => {
    await expect(invoke({ scheduledTime: minuteAgo(2) }, 0)).rejects.toThrow(
      /were not put on the stream hydrant-datadog.*were not put on the stream hydrant-mackerel/,
    );
    expect(lines().log[0]).toMatchObject({
      level: "WARN",
      failures: [{ subject: "acme/web", reason: "the function's time was nearly up" }],
    });
    expect(lines().metrics).toMatchObject([{ FailedRepositories: 1 }]);
  });

  it.each([
    [{}],
    [{ scheduledTime: "<aws.scheduler.scheduled-time>" }],
    [{ scheduledTime: 1_700_000_000 }],
    [{ time: "2026-01-31" }],
    [null],
  ])("refuses an event without a scheduled time: %j", async (event) => {
    await expect(invoke(event)).rejects.toThrow("no scheduled time");
  });
});
