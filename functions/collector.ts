import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { FirehoseClient } from "@aws-sdk/client-firehose";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { default as middy } from "@middy/core";
import { brisk } from "../lib/aws-patience.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { readConfig, readName, streamsOf } from "../lib/config.ts";
import { memoryKey } from "../lib/config/aws.ts";
import { createProducer, producerClientConfig } from "../lib/firehose/producer.ts";
import { connectGitHub, memoryOf } from "../lib/github/connect.ts";
import { storedMemory } from "../lib/github/stored-memory.ts";
import { requireSecrets } from "../lib/secrets.ts";
import { SecretCache } from "../lib/secrets/cache.ts";
import { awsSecretStore } from "../lib/secrets/store.ts";
import { s3Store } from "../lib/store/s3-store.ts";
import { reportTicksTo } from "../lib/tick-log.ts";
import { runTick, type TickParts } from "../lib/tick.ts";
import { toTickLambda } from "../lib/tick-lambda.ts";

const { env } = process;
const serviceName = readName(env);
const logger = new Logger({ serviceName });
const metrics = new Metrics({ namespace: "Hydrant", serviceName });
const secrets = new SecretCache(awsSecretStore(new SecretsManagerClient(brisk)), clock);
const producer = createProducer(new FirehoseClient(producerClientConfig), clock, Math.random);
const s3 = new S3Client(brisk);

/** Anew for each tick, since keys change while the function runs. */
async function connect(): Promise<TickParts> {
  const wanted = ["GITHUB_TOKEN", "GITHUB_APP_PRIVATE_KEY"] as const;
  const config = readConfig(
    await requireSecrets(env, wanted, (variable, arn) => secrets.read(variable, arn)),
  );
  const { bucket } = config.aws;
  const memory = bucket === undefined ? memoryOf(config) : storedMemory(s3Store(bucket, s3), memoryKey);
  return {
    collector: connectGitHub(config, { clock, fetch: globalThis.fetch, memory }),
    producer,
    streams: streamsOf(config).map(({ name }) => name),
    clock,
  };
}

/** A tick of the schedule, from EventBridge Scheduler or a rule of EventBridge. The deadline is its own. */
export const handler = middy(
  toTickLambda({
    tick: async (scheduled, signals) => runTick(await connect(), scheduled, signals),
    clock,
    report: reportTicksTo(logger, { metrics, installation: serviceName }),
  }),
  { timeoutEarlyInMillis: 0 },
).use(injectLambdaContext(logger, { logEvent: false }));
