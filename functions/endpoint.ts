import { join } from "node:path";
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { default as middy } from "@middy/core";
import { brisk } from "../lib/aws-patience.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { readConfig } from "../lib/config.ts";
import { createKeyedEndpoint } from "../lib/firehose/keyed-endpoint.ts";
import { toLambda } from "../lib/http/lambda.ts";
import { errorTo, reportTo } from "../lib/log.ts";
import { SecretCache } from "../lib/secrets/cache.ts";
import { awsSecretStore } from "../lib/secrets/store.ts";
import { createSend } from "../lib/send.ts";
import { folderStore } from "../lib/store/folder-store.ts";
import { lateBackup } from "../lib/store/store.ts";

const { env } = process;
const config = readConfig(env);
const { bucket } = config.aws;
const logger = new Logger({ serviceName: config.name });
const metrics = new Metrics({ namespace: "Hydrant", serviceName: config.name });

const endpoint = createKeyedEndpoint({
  env,
  secrets: new SecretCache(awsSecretStore(new SecretsManagerClient(brisk)), clock),
  send: createSend(),
  backup:
    bucket === undefined
      ? folderStore(join(config.dataDir, "backup"))
      : lateBackup(async () => (await import("../lib/store/s3-store.ts")).openS3Store(bucket, brisk)),
  clock,
  report: reportTo(logger, metrics),
});

/** Firehose's HTTP endpoint behind a function URL, an HTTP API or a load balancer. The deadline is its own. */
export const handler = middy(toLambda({ endpoint, clock, reportError: errorTo(logger) }), {
  timeoutEarlyInMillis: 0,
}).use(injectLambdaContext(logger, { logEvent: false }));
