import { randomBytes } from "node:crypto";
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { Clock } from "../../lib/clock.ts";
import type { Env } from "../../lib/config/reader.ts";
import { secretNameOf } from "../../lib/secrets.ts";
import { accessKeySecret } from "../../lib/secrets/access-key-secret.ts";
import { previousKeyMs } from "../../lib/secrets/cache.ts";
import { awsSecretStore } from "../../lib/secrets/store.ts";
import { readPlan, secretValues } from "../aws/plan.ts";
import { UsageError } from "./arguments.ts";
import { checkAws } from "./check-aws.ts";
import { table, type Print } from "./print.ts";

export interface SecretsParts {
  readonly env: Env;
  readonly clock: Clock;
  readonly print: Print;
  readonly client: SecretsManagerClient;
}

/**
 * Fills the secrets of what is configured from the environment, showing names only; answers the exit code.
 * @throws ConfigError, UsageError
 */
export async function pushSecrets({ env, print, client }: SecretsParts): Promise<number> {
  const plan = readPlan(env, { mayBeExample: false });
  const values = [...secretValues(env, plan)];
  await checkAws(client);
  const outcomes: Outcome[] = [];
  for (const [variable, value] of values) {
    const name = secretNameOf(plan.config.name, variable);
    outcomes.push({ name, ...(await push(client, name, value)) });
  }
  for (const line of table(outcomes.map(({ name, text }) => [name, text]))) print.out(line);
  return outcomes.every(({ isFilled }) => isFilled) ? 0 : 1;
}

interface Outcome {
  readonly name: string;
  readonly text: string;
  /** It has a value now, this one or an earlier one. */
  readonly isFilled: boolean;
}

async function push(
  client: SecretsManagerClient,
  name: string,
  value: string | undefined,
): Promise<Omit<Outcome, "name">> {
  const current = await awsSecretStore(client).read(name, "AWSCURRENT");
  if (value === undefined) {
    const isFilled = current !== undefined;
    return { text: isFilled ? "left as it is: not set here" : "has no value, and is not set here", isFilled };
  }
  if (current?.value === value) return { text: "unchanged", isFilled: true };
  try {
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return { text: "is not there: npm run deploy makes it", isFilled: false };
  }
  return { text: current === undefined ? "filled" : "changed", isFilled: true };
}

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && error.name === "ResourceNotFoundException";

/** Firehose reads the access key anew after at most this: https://docs.aws.amazon.com/firehose/latest/dev/secrets-manager-how.html */
const firehoseCacheMs = 600_000;

export interface RotateOptions {
  /** Ends the key before at once. */
  readonly revoke?: boolean;
}

/**
 * Makes a new access key; answers the exit code.
 * @throws UsageError where Firehose may still present the key that this would end.
 */
export async function rotateSecret(options: RotateOptions, parts: SecretsParts): Promise<number> {
  const { env, clock, print, client } = parts;
  const { config } = readPlan(env, { mayBeExample: false });
  const name = secretNameOf(config.name, "HYDRANT_ACCESS_KEYS");
  await checkAws(client);
  const current = await awsSecretStore(client).read(name, "AWSCURRENT");
  const ageMs = clock.nowMs() - (current?.createdMs ?? Number.NEGATIVE_INFINITY);
  if (options.revoke !== true && ageMs < firehoseCacheMs) {
    throw new UsageError(
      `${name} is only ${Math.round(ageMs / 60_000)} minutes old: Firehose may present the one before, which this would end. Wait ${Math.ceil((firehoseCacheMs - ageMs) / 60_000)} minutes, or say --revoke.`,
    );
  }
  const SecretString = accessKeySecret(randomBytes(48).toString("base64url"));
  await client.send(new PutSecretValueCommand({ SecretId: name, SecretString })).catch((error: unknown) => {
    throw isNotFound(error) ? new Error(`${name} is not there: npm run deploy makes it`) : error;
  });
  if (options.revoke) await endPrevious(client, name);
  print.out(`${name} has a new access key. Firehose takes it up within 10 minutes.`);
  const until = new Date(clock.nowMs() + previousKeyMs).toISOString();
  print.out(options.revoke ? revoked(config.retrySeconds) : `The one before is taken until ${until}.`);
  return 0;
}

function revoked(retrySeconds: number): string {
  const after =
    retrySeconds * 1000 > firehoseCacheMs
      ? "sends again by itself"
      : "may back up, as RETRY_SECONDS is so short";
  return `The one before is refused within a minute. What Firehose sends with it until then it ${after}.`;
}

async function endPrevious(client: SecretsManagerClient, name: string): Promise<void> {
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: name }));
  const previous = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes("AWSPREVIOUS"));
  if (previous === undefined) return;
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: name,
      VersionStage: "AWSPREVIOUS",
      RemoveFromVersionId: previous[0],
    }),
  );
}
