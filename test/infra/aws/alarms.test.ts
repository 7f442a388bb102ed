import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { spanOfFailures, spanOfTicks } from "../../../infra/aws/alarm-span.ts";
import { gapsOf } from "../../../infra/aws/schedule-gaps.ts";
import { scheduleOf } from "../../../lib/schedule.ts";
import { awsConfigurations } from "../../support/aws-configurations.ts";
import { runs } from "../../support/runs.ts";
import { synthesize, type Synthesized } from "../../support/synth.ts";

interface Alarm {
  readonly AlarmName: string;
  readonly AlarmDescription: unknown;
  readonly EvaluationPeriods: number;
  readonly Period?: number;
  /** In place of the period, where the metric has a label. */
  readonly Metrics?: readonly { readonly MetricStat?: { readonly Period: number } }[];
}

const alarmsOf = (stack: Synthesized | undefined): Alarm[] =>
  Object.values(stack?.resources ?? {})
    .filter(({ Type }) => Type === "AWS::CloudWatch::Alarm")
    .map(({ Properties }) => Properties as unknown as Alarm);

/** Period and periods of the collector's alarms, by what they are of. */
function spansOf(COLLECT_SCHEDULE: string): Record<string, string> {
  const [stack] = synthesize({ ...awsConfigurations["Mackerel only"], COLLECT_SCHEDULE });
  const spans = alarmsOf(stack).flatMap(({ AlarmName, EvaluationPeriods, Period, Metrics }) => {
    const [, subject] = /-collector-(failed|repositories|silent)$/.exec(AlarmName) ?? [];
    const period = Period ?? Metrics?.[0]?.MetricStat?.Period;
    return subject === undefined ? [] : [[subject, `${period} x ${EvaluationPeriods}`] as const];
  });
  return Object.fromEntries(spans);
}

describe("the collector's alarms", () => {
  it.each([
    ["rate(1 minute)", { failed: "300 x 2", repositories: "300 x 3", silent: "300 x 3" }],
    ["rate(5 minutes)", { failed: "300 x 2", repositories: "300 x 3", silent: "300 x 3" }],
    ["rate(1 hour)", { failed: "3600 x 2", repositories: "3600 x 3", silent: "3600 x 3" }],
    ["cron(0 9 * * ? *)", { failed: "86400 x 2", repositories: "86400 x 3", silent: "86400 x 3" }],
  ])("gather a tick in each period: %s", (expression, spans) => {
    expect(spansOf(expression)).toEqual(spans);
  });

  it.each([
    ["cron(0/5 * ? * MON-FRI *)", { failed: "300 x 2", repositories: "300 x 3", silent: "173100 x 3" }],
    ["cron(* 9-17 ? * MON-FRI *)", { failed: "300 x 2", repositories: "300 x 3", silent: "226860 x 2" }],
    ["cron(0-4 9 * * ? *)", { failed: "86160 x 2", repositories: "86160 x 3", silent: "86160 x 3" }],
  ])("ring while ticks are frequent, and are not deceived by a night: %s", (expression, spans) => {
    expect(spansOf(expression)).toEqual(spans);
  });

  it.each([["rate(7 days)"], ["cron(0 9 1 * ? *)"], ["cron(0 9 1 1 ? 2199)"]])(
    "ring at one failed tick where CloudWatch does not look back to the one before: %s",
    (expression) => {
      expect(spansOf(expression)).toEqual({ failed: "86400 x 1", repositories: "86400 x 1" });
    },
  );

  const expressions = fc.oneof(
    fc.integer({ min: 1, max: 6_000 }).map((minutes) => `rate(${minutes} minutes)`),
    fc.constantFrom(
      "cron(0/7 * * * ? *)",
      "cron(0,5 9 * * ? *)",
      "cron(0 9,17 ? * MON-FRI *)",
      "cron(0/20 22-23 * * ? *)",
      "cron(0 0/6 ? * SAT,SUN *)",
      "cron(0 9 L * ? *)",
    ),
  );

  it("ring while every tick fails, within what CloudWatch looks back over", () => {
    const property = fc.property(expressions, fc.constantFrom(2, 3), (expression, wanted) => {
      const schedule = { expression, timezone: "UTC" };
      const span = spanOfFailures(gapsOf(schedule), wanted);
      const [period, { periods }] = [span.period.toSeconds(), span];
      expect(period * periods).toBeLessThanOrEqual(period >= 3600 ? 604_800 : 86_400);
      expect(longestRun(schedule, period)).toBeGreaterThanOrEqual(periods);
    });
    fc.assert(property, { numRuns: runs(30) });
  });

  it("find no silence between the ticks of a schedule", () => {
    const property = fc.property(expressions, (expression) => {
      const gaps = gapsOf({ expression, timezone: "UTC" });
      const silent = spanOfTicks(gaps, 3);
      if (silent === undefined) expect(gaps?.longestSeconds).toBeGreaterThan(302_400);
      else expect(silent.period.toSeconds()).toBeGreaterThanOrEqual(gaps?.longestSeconds ?? Infinity);
    });
    fc.assert(property, { numRuns: runs(30) });
  });
});

/** How many periods in a row hold a tick, among the first 400 ticks. */
function longestRun(config: { expression: string; timezone: string }, periodSeconds: number): number {
  const schedule = scheduleOf(config);
  const periods = new Set<number>();
  let tick: Date | undefined = new Date("2026-01-01T00:00:00Z");
  for (let ticks = 0; ticks < 400 && tick !== undefined; ticks++) {
    tick = schedule.nextAfter(tick);
    if (tick !== undefined) periods.add(Math.floor(tick.getTime() / 1000 / periodSeconds));
  }
  let [run, longest] = [0, 0];
  for (const period of periods) {
    run = periods.has(period - 1) ? run + 1 : 1;
    longest = Math.max(longest, run);
  }
  return longest;
}

/** The text with names that AWS fills in as `BUCKET`, as long as those may be. */
function textOf(description: unknown): string {
  if (typeof description === "string") return description;
  const { "Fn::Join": [, parts = []] = [] } = description as { "Fn::Join"?: [string, unknown[]] };
  return parts.map((part) => (typeof part === "string" ? part : "BUCKET")).join("");
}

describe.each(Object.keys(awsConfigurations))("the alarms of %s", (name) => {
  const alarms = alarmsOf(synthesize(awsConfigurations[name] ?? {})[0]);
  const described = (suffix: string): string =>
    textOf(alarms.find(({ AlarmName }) => AlarmName.endsWith(suffix))?.AlarmDescription);

  it("say what to do, within what a description may hold", () => {
    expect(alarms.length).toBeGreaterThan(7);
    for (const { AlarmName, AlarmDescription } of alarms) {
      expect(AlarmName).toMatch(/^hydrant-/);
      const description = textOf(AlarmDescription);
      expect(description.length).toBeGreaterThan(100);
      expect(description.replaceAll("BUCKET", "b".repeat(63)).length).toBeLessThanOrEqual(1024);
      expect(description).toMatch(/npm run|[Ll]ook|[Ll]ower|Pack|Mend|Resume|[Ss]ee|purge/);
    }
  });

  it("give commands that reach this installation in AWS, not the local host", () => {
    for (const { AlarmDescription } of alarms) {
      for (const [, command = ""] of textOf(AlarmDescription).matchAll(/npm run hydrant -- ([\w -]+)/g)) {
        expect(command).toMatch(/^(?:redrive|doctor) --aws\b/);
      }
    }
    expect(described("-backed-up")).toContain(
      "HYDRANT_NAME=hydrant HYDRANT_BACKUP_BUCKET=BUCKET npm run hydrant -- redrive --aws --dry-run",
    );
    if (!alarms.some(({ AlarmName }) => AlarmName.endsWith("-collector-failed"))) return;
    const doctor = "HYDRANT_NAME=hydrant npm run hydrant -- doctor --aws";
    expect(described("-collector-failed")).toContain(doctor);
    expect(described("-collector-repositories")).toContain(doctor);
  });
});

const rulesOf = ({ resources }: Synthesized): object[] =>
  Object.values(resources)
    .filter(({ Type }) => Type === "AWS::Events::Rule")
    .map(({ Properties }) => Properties);

describe("the pass-through", () => {
  it("has an alarm on whatever is refused, under streams of any name", () => {
    const [open] = synthesize(awsConfigurations["everything backed up, pass-through open"] ?? {});
    const alarm = alarmsOf(open).find(({ AlarmName }) => AlarmName === "hydrant-passthrough-refused");
    expect(alarm).toMatchObject({
      Metrics: [
        {
          MetricStat: {
            Metric: {
              MetricName: "Invocations",
              Dimensions: [{ Name: "RuleName", Value: "hydrant-refused" }],
            },
          },
        },
      ],
      Threshold: 0,
      AlarmActions: [expect.anything()],
    });
    expect(open && rulesOf(open)).toContainEqual(
      expect.objectContaining({
        Name: "hydrant-refused",
        EventPattern: {
          source: ["aws.s3"],
          "detail-type": ["Object Created"],
          detail: {
            bucket: { name: [{ Ref: expect.stringMatching(/^Backup/) }] },
            object: { key: [{ wildcard: "*/rejected/*" }, { wildcard: "*/expired/*" }] },
            reason: ["PutObject"],
          },
        },
      }),
    );
  });

  it("has none where it is closed", () => {
    const [closed] = synthesize(awsConfigurations["everything"] ?? {});
    expect(JSON.stringify(closed?.resources)).not.toMatch(/hydrant-(?:passthrough-)?refused/);
  });
});
