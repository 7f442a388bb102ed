import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readPlan, secretValues } from "../../../infra/aws/plan.ts";
import { gapsOf } from "../../../infra/aws/schedule-gaps.ts";
import { ConfigError } from "../../../lib/config.ts";
import type { Env } from "../../../lib/config/reader.ts";
import { awsConfigurations } from "../../support/aws-configurations.ts";
import { runs } from "../../support/runs.ts";
import { synthesize } from "../../support/synth.ts";

const plan = (env: Env) => readPlan(env, { mayBeExample: false });
const problemsOf = (env: Env): readonly string[] => {
  try {
    plan(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe("what to deploy", () => {
  it("is told with all its problems at once", () => {
    const env = {
      HYDRANT_NAME: "a_b",
      DATADOG_SITE: "datadoghq.moon",
      MACKEREL_API_KEY: "key",
      MACKEREL_API_URL: "http://localhost:1",
      BUFFER_MEBIBYTES: "20",
      HYDRANT_FRONT_END: "alb",
      HYDRANT_BACKUP: "none",
    };
    expect(problemsOf(env).map((problem) => problem.split(" ")[0])).toEqual([
      "DATADOG_SITE",
      "MACKEREL_SERVICE",
      "BUFFER_MEBIBYTES",
      "HYDRANT_FRONT_END",
      "HYDRANT_BACKUP",
      "HYDRANT_NAME",
      "MACKEREL_API_URL",
    ]);
  });

  it("needs a destination, unless an example will do", () => {
    expect(problemsOf({})).toEqual([expect.stringMatching(/^DATADOG_API_KEY .* none is set$/)]);
    const example = readPlan({ HYDRANT_NAME: "mine", DATADOG_API_KEY: " " }, { mayBeExample: true });
    expect(example).toMatchObject({ isExample: true, config: { name: "mine", mackerel: {}, datadog: {} } });
    expect(readPlan({ MACKEREL_SERVICE: "shop" }, { mayBeExample: true })).toMatchObject({
      isExample: false,
      config: { datadog: undefined },
    });
  });

  it("shows without the secrets themselves, and never holds what stands in for one", () => {
    const read = plan({
      DATADOG_SITE: "datadoghq.eu",
      GITHUB_REPOSITORIES: "a/b",
      GITHUB_APP_ID: "1",
      GITHUB_APP_INSTALLATION_ID: "2",
    });
    expect(read.secrets).toEqual(["DATADOG_API_KEY", "GITHUB_APP_PRIVATE_KEY"]);
    const env = { DD_API_KEY: "key", MACKEREL_SERVICE: "shop" };
    expect([...secretValues(env, plan(env))]).toEqual([
      ["DATADOG_API_KEY", "key"],
      ["MACKEREL_API_KEY", undefined],
    ]);
  });

  it("does not fit into a function's environment when it names too many repositories", () => {
    const many = Array.from({ length: 200 }, (_, index) => `acme/a-repository-${index}`).join(",");
    const env = { ...awsConfigurations["everything"], GITHUB_REPOSITORIES: many };
    expect(problemsOf(env)).toEqual([expect.stringContaining("owner/*")]);
  });
});

interface RetryPolicy {
  readonly MaximumEventAgeInSeconds: number;
  readonly MaximumRetryAttempts: number;
}

describe("the schedule", () => {
  it("leaves each tick less time than there is until the next, and no tick older than that", () => {
    const expression = fc.oneof(
      fc.integer({ min: 1, max: 90 }).map((minutes) => `rate(${minutes} minutes)`),
      fc.constantFrom("cron(0/7 * * * ? *)", "cron(0 9 * * ? *)", "rate(3 days)", "cron(0 0 1 1 ? 2199)"),
    );
    const property = fc.property(expression, (COLLECT_SCHEDULE) => {
      const [stack] = synthesize({ ...awsConfigurations["Mackerel only"], COLLECT_SCHEDULE });
      const resources = Object.values(stack?.resources ?? {});
      const collector = resources.find(
        ({ Properties }) => Properties["FunctionName"] === "hydrant-collector",
      );
      const timeout = Number(collector?.Properties["Timeout"]);
      const gap = gapsOf({ expression: COLLECT_SCHEDULE, timezone: "UTC" })?.shortestSeconds ?? Infinity;
      expect(timeout).toBeLessThan(gap);
      expect(timeout).toBeGreaterThanOrEqual(50);
      const schedule = resources.find(
        ({ Properties }) => Properties["Name"] === "hydrant-collector",
      ) as unknown as { Properties: { Target: { RetryPolicy: RetryPolicy } } };
      const { RetryPolicy } = schedule.Properties.Target;
      expect(RetryPolicy.MaximumRetryAttempts).toBe(2);
      expect(RetryPolicy.MaximumEventAgeInSeconds).toBeLessThanOrEqual(Math.max(60, Math.min(gap, 86_400)));
    });
    fc.assert(property, { numRuns: runs(12) });
  });
});
