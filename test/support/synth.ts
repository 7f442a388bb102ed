import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { AwsSolutionsChecks } from "cdk-nag";
import { functionNames } from "../../infra/aws/bundle.ts";
import { readPlan } from "../../infra/aws/plan.ts";
import { HydrantStack } from "../../infra/aws/stack.ts";
import type { Env } from "../../lib/config/reader.ts";

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export interface Synthesized {
  readonly template: Template;
  /** By logical id. */
  readonly resources: Readonly<Record<string, Resource>>;
  readonly folder: string;
  /** Everything that the synthesis wrote, as one text. */
  readonly written: string;
}

/** Synthesizes the stacks of these environments in one app, each in an own installation, past cdk-nag. */
export function synthesize(...envs: readonly Env[]): Synthesized[] {
  const root = mkdtempSync(join(tmpdir(), "hydrant-synth-"));
  const bundles = stubBundles(join(root, "bundles"));
  const folder = join(root, "out");
  const app = new App({ outdir: folder, analyticsReporting: false });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const stacks = envs.map((env) => {
    const plan = readPlan(env, { mayBeExample: false });
    return new HydrantStack(app, plan.config.name, { plan, bundles });
  });
  app.synth();
  const written = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
  return stacks.map((stack) => {
    const template = Template.fromStack(stack);
    const { Resources } = template.toJSON() as { Resources: Record<string, Resource> };
    return { template, resources: Resources, folder, written };
  });
}

/** What a bundle holds is no matter of the template. */
function stubBundles(folder: string): string {
  for (const name of functionNames) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "index.mjs"), "export const handler = () => undefined;\n");
  }
  return folder;
}
