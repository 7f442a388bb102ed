import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { awsConfigurations } from "../../support/aws-configurations.ts";
import { synthesize, type Resource } from "../../support/synth.ts";

const readme = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
const [stack] = synthesize(awsConfigurations["Mackerel only"] ?? {});
const ofType = (type: string): Resource[] =>
  Object.values(stack?.resources ?? {}).filter(({ Type }) => Type === type);

interface Rule {
  readonly ExpirationInDays?: number;
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
}

describe("the README", () => {
  it("says after how long the backup forgets, also what was never redriven", () => {
    const rules = ofType("AWS::S3::Bucket").flatMap(
      ({ Properties }) => (Properties["LifecycleConfiguration"] as { Rules: Rule[] }).Rules,
    );
    const rule = rules.find(({ ExpirationInDays }) => ExpirationInDays !== undefined);
    const forgets = `forgets every object after ${rule?.ExpirationInDays} days, also what was never redriven`;
    expect(readme).toContain(forgets);
    expect(readme).toContain(`back for ${rule?.NoncurrentVersionExpiration?.NoncurrentDays} days`);
  });

  it("lets a stream run empty before it is deleted, and nobody be attached to the policy", () => {
    const [, remove = ""] = /^- \*\*Remove\*\*(.*?)^### /ms.exec(readme) ?? [];
    const steps = ["put-function-concurrency", "list-entities-for-policy", "detach-role-policy"];
    const inOrder = [...steps, "IncomingRecords", "DataFreshness", "cdk destroy)"];
    const places = inOrder.map((step) => remove.indexOf(step));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });

  it("counts the alarms and secrets that are billed", () => {
    const watched = ofType("AWS::CloudWatch::Alarm").flatMap(({ Properties }) => {
      const { Metrics = [{ MetricStat: {} }] } = Properties as { Metrics?: { MetricStat?: object }[] };
      return Metrics.filter(({ MetricStat }) => MetricStat !== undefined);
    });
    const secrets = ofType("AWS::SecretsManager::Secret");
    expect(readme).toContain(`${watched.length} alarms, 6 metrics, ${secrets.length} secrets`);
  });
});
