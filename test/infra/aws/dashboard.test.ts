import { describe, expect, it } from "vitest";

import { streamsOf } from "../../../lib/config.ts";
import { readPlan } from "../../../infra/aws/plan.ts";
import { reportTo } from "../../../lib/log.ts";
import { reportRedriveTo } from "../../../lib/redrive/log.ts";
import { Tally } from "../../../lib/redrive/report.ts";
import { reportTicksTo } from "../../../lib/tick-log.ts";
import type { Env } from "../../../lib/config/reader.ts";
import { awsConfigurations } from "../../support/aws-configurations.ts";
import { recordingMetrics, silentLog } from "../../support/emitted.ts";
import { synthesize, type Resource } from "../../support/synth.ts";

/** Name and dimensions of each metric that the functions of an installation can emit. */
function emittedBy(env: Env): string[] {
  const { config } = readPlan(env, { mayBeExample: false });
  const { metrics, emitted } = recordingMetrics();
  const counts = { records: 1, accepted: 1, merged: 0, rejected: {}, expired: {}, retry: 0, milliseconds: 1 };
  const reportDelivery = reportTo(silentLog, metrics);
  const deliver = (stream: string, destination: string): void => {
    for (const status of [200, 503]) {
      reportDelivery({ requestId: "id", stream, destination, status, ...counts });
    }
  };
  for (const { name, destination } of streamsOf(config)) {
    deliver(name, destination);
    reportRedriveTo(silentLog, metrics)(new Tally(name).report("done"));
  }
  if (config.passthrough) deliver("somebody-elses", "service");
  if (config.github) {
    const tick = { collector: "github", scheduledTime: "", points: 1, repositories: 1, milliseconds: 1 };
    const reportTick = reportTicksTo(silentLog, { metrics, installation: config.name });
    reportTick({ ...tick, failures: [], remarks: [], puts: [] });
  }
  return emitted.flatMap(({ dimensions, values }) =>
    Object.keys(values).map((name) => described(name, dimensions)),
  );
}

const described = (name: string, dimensions: Readonly<Record<string, string>>): string =>
  [name, ...Object.entries(dimensions).map((pair) => pair.join("="))].toSorted().join(" ");

interface Joined {
  readonly "Fn::Join": readonly [string, readonly unknown[]];
}

/** What a dashboard shows of the functions' own metrics, in the same words. */
function shownOn(dashboard: Resource | undefined): string[] {
  const [, parts] = (dashboard?.Properties["DashboardBody"] as Joined | undefined)?.["Fn::Join"] ?? ["", []];
  const body = JSON.parse(parts.map((part) => (typeof part === "string" ? part : "AWS")).join("")) as {
    widgets: { properties: { metrics?: unknown[][] } }[];
  };
  const metrics = body.widgets.flatMap(({ properties }) => properties.metrics ?? []);
  return metrics.flatMap(([namespace, name, ...rest]) => {
    const pairs = rest.filter((each) => typeof each === "string");
    const dimensions = pairs.flatMap((key, at) => (at % 2 === 0 ? [[key, pairs[at + 1] ?? ""]] : []));
    return namespace === "Hydrant"
      ? [described(String(name), Object.fromEntries(dimensions) as Record<string, string>)]
      : [];
  });
}

describe.each(Object.entries(awsConfigurations))("the dashboard of %s", (_, env) => {
  const [stack] = synthesize(env);
  const dashboard = Object.values(stack?.resources ?? {}).find(
    ({ Type }) => Type === "AWS::CloudWatch::Dashboard",
  );

  it("shows every metric that the functions emit, each of which is billed, and no other", () => {
    const shown = shownOn(dashboard);
    expect(new Set(shown).size).toBe(shown.length);
    expect(shown.toSorted()).toEqual(emittedBy(env).toSorted());
  });

  it("has its region in its name, since an account's dashboards share their names, and its address too", () => {
    const name = ["hydrant-", { Ref: "AWS::Region" }];
    expect(dashboard?.Properties["DashboardName"]).toEqual({ "Fn::Join": ["", name] });
    const outputs = stack?.template.findOutputs("DashboardUrl") as Record<string, { Value: object }>;
    expect(JSON.stringify(outputs["DashboardUrl"]?.Value)).toContain(
      `#dashboards/dashboard/hydrant-",{"Ref":"AWS::Region"}]`,
    );
  });
});
