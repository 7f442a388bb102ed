import { writeConfig, type Config } from "../../lib/config.ts";
import type { FunctionName } from "./bundle.ts";
import { secretVariables } from "../../lib/secrets.ts";

/** What only Firehose, CDK or the local host needs to know. */
const elsewhere = /^(?:HYDRANT_(?:PORT|DATA_DIR|FRONT_END|BACKUP|BACKUP_BUCKET)|RETRY_SECONDS)$/;
/** Tells how often a stream that fails backs up. */
const buffering = /^BUFFER_/;
const collecting = /^(?:GITHUB|COLLECT)_/;

const isSecret = (variable: string): boolean => secretVariables.some((secret) => secret === variable);

/** The variables of a function, but for secrets: these it gets as ARNs. */
export function functionEnv(config: Config, name: FunctionName): Record<string, string> {
  const variables = Object.entries(writeConfig(config)).filter(
    ([variable, text]) =>
      text !== "" &&
      !isSecret(variable) &&
      !elsewhere.test(variable) &&
      (name === "collector" || !collecting.test(variable)) &&
      (name === "redrive" || !buffering.test(variable)),
  );
  return Object.fromEntries(variables);
}

/** How much of a function's environment is taken before AWS's own names come in. */
export function literalBytes(config: Config): number {
  const variables = Object.entries(functionEnv(config, "collector"));
  return variables.reduce((sum, [variable, text]) => sum + variable.length + Buffer.byteLength(text), 0);
}
