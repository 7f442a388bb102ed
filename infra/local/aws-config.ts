import { readConfig, type Config } from "../../lib/config.ts";
import type { Env } from "../../lib/config/reader.ts";
import { readPlan } from "../aws/plan.ts";

/**
 * The configuration of what is deployed: its keys are in Secrets Manager, and need not be set here. Where nothing says
 * where points go it has no destination.
 * @throws ConfigError
 */
export function readAwsConfig(env: Env): Config {
  const { config, isExample } = readPlan(env, { mayBeExample: true });
  return isExample ? { ...config, datadog: undefined, mackerel: undefined } : config;
}

/**
 * The same for who collects from here, and needs GitHub's key for that.
 * @throws ConfigError
 */
export const readAwsCollectConfig = (env: Env): Config => ({
  ...readAwsConfig(env),
  github: readConfig(env).github,
});
