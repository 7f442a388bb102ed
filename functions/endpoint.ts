import { join } from "node:path";
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { default as middy } from "@middy/core";
import { systemClock as clock } from "../lib/clock.ts";
import { readConfig } from "../lib/config.ts";
import { outletsOf, passthroughOf } from "../lib/destinations/index.ts";
import { folderBackup } from "../lib/firehose/backup.ts";
import { createEndpoint } from "../lib/firehose/endpoint.ts";
import { toLambda } from "../lib/http/lambda.ts";
import { errorTo, reportTo } from "../lib/log.ts";
import { sendByFetch as send } from "../lib/send.ts";

const config = readConfig(process.env);
const logger = new Logger({ serviceName: config.name });
const metrics = new Metrics({ namespace: "Hydrant", serviceName: config.name });

const endpoint = createEndpoint({
  accessKeys: config.accessKeys,
  outlets: outletsOf(config, send),
  passthrough: passthroughOf(config, send),
  backup: folderBackup(join(config.dataDir, "backup")),
  clock,
  report: reportTo(logger, metrics),
});

/** Firehose's HTTP endpoint behind a function URL, an HTTP API or a load balancer. The deadline is its own. */
export const handler = middy(toLambda({ endpoint, clock, reportError: errorTo(logger) }), {
  timeoutEarlyInMillis: 0,
}).use(injectLambdaContext(logger, { logEvent: false }));
