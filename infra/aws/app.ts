import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { ConfigError } from "../../lib/config.ts";
import type { Env } from "../../lib/config/reader.ts";
import { bundle, functionNames } from "./bundle.ts";
import { readPlan } from "./plan.ts";
import { HydrantStack } from "./stack.ts";

const root = join(import.meta.dirname, "../..");
const bundles = join(root, "node_modules/.cache/hydrant/bundles");

/** Writes the template of the installation that the environment describes; `--context example=1` does with none. */
async function main(env: Env): Promise<void> {
  const app = new App();
  const plan = readPlan(env, { mayBeExample: app.node.tryGetContext("example") === "1" });
  if (plan.isExample) {
    say("Nothing is configured, so this is an example: Datadog, Mackerel and GitHub. Set yours in .env.");
  }
  await Promise.all(functionNames.map((name) => bundle(name, join(bundles, name))));
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = env;
  new HydrantStack(app, plan.config.name, {
    plan,
    bundles,
    description: "Hydrant: metrics through Amazon Data Firehose to Datadog and Mackerel.",
    ...(account && region && { env: { account, region } }),
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

const say = (text: string): unknown => process.stderr.write(`${text}\n`);

/** The environment wins over the file. */
function loadEnvFile(path: string): void {
  try {
    process.loadEnvFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw error;
  }
}

try {
  loadEnvFile(join(root, ".env"));
  await main(process.env);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  say(error.message);
  process.exitCode = 2;
}
