import { join } from "node:path";
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { FirehoseClient } from "@aws-sdk/client-firehose";
import { default as middy } from "@middy/core";
import { brisk, patient } from "../lib/aws-patience.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { readConfig, streamsOf } from "../lib/config.ts";
import { producerClientConfig } from "../lib/firehose/producer.ts";
import { destinationOf, quietMsOf } from "../lib/redrive/destination-of.ts";
import { toRedriveLambda } from "../lib/redrive/lambda.ts";
import { lastFailureMs } from "../lib/redrive/last-failure.ts";
import { reportRedriveTo } from "../lib/redrive/log.ts";
import { redrive } from "../lib/redrive/redrive.ts";
import { resolveSecrets } from "../lib/secrets.ts";
import { folderStore } from "../lib/store/folder-store.ts";

// Which destinations there are is all that is asked of their keys.
const { env } = await resolveSecrets(process.env, [], () => Promise.resolve(""));
const config = readConfig(env);
const { bucket } = config.aws;
const logger = new Logger({ serviceName: config.name });
const metrics = new Metrics({ namespace: "Hydrant", serviceName: config.name });

const store =
  bucket === undefined
    ? folderStore(join(config.dataDir, "backup"))
    : (await import("../lib/store/s3-store.ts")).openS3Store(bucket, patient);
const quietMs = quietMsOf(config);
const watch = { client: new CloudWatchClient(brisk), clock, quietMs };
const shared = {
  store,
  client: new FirehoseClient(producerClientConfig),
  clock,
  random: Math.random,
  quietMs,
  lastFailureMs: (stream: string) => lastFailureMs(stream, watch),
};
const selection = { codes: [], reasons: [] };

/** Puts what Firehose gave up on back on its streams, as far as the time allows. */
export const handler = middy(
  toRedriveLambda({
    streams: streamsOf(config).map(({ name }) => name),
    redrive: (stream, stop) =>
      redrive(
        { stream, selection, isDryRun: false, isForced: false },
        { ...shared, destination: destinationOf(stream, config), stop },
      ),
    clock,
    report: reportRedriveTo(logger, metrics),
  }),
  { timeoutEarlyInMillis: 0 },
).use(injectLambdaContext(logger, { logEvent: false }));
