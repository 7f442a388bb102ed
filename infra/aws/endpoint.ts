import { Duration, Fn, RemovalPolicy } from "aws-cdk-lib";
import {
  HttpApi,
  HttpStage,
  LogGroupLogDestination,
  PayloadFormatVersion,
} from "aws-cdk-lib/aws-apigatewayv2";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { FunctionUrlAuthType, type Function } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { streamsOf } from "../../lib/config.ts";
import { endpointSecrets } from "../../lib/secrets.ts";
import { accept, acceptPrefix } from "./accept.ts";
import { functionEnv } from "./function-env.ts";
import { logRetention, NodeFunction } from "./node-function.ts";
import type { Parts } from "./parts.ts";

/** The deadlines of a delivery are 150 s and 25 s; then refused lines are written, and all of it before Firehose's 180 s, an HTTP API's 30 s. */
const timeoutSeconds = { "function-url": 170, "http-api": 29 };

/** Deliveries of the largest size peak at half of it (`npm run bench`); the rest is for gzip, which inflates to 64 MiB. */
const memoryMebibytes = 512;

/** The function that takes Firehose's deliveries, behind an address that the whole Internet may call. */
export class Endpoint extends Construct {
  readonly function: Function;
  readonly #url: string;

  constructor(scope: Construct, id: string, parts: Parts) {
    super(scope, id);
    const { config } = parts.plan;
    const { frontEnd } = config.aws;
    this.function = new NodeFunction(this, "Endpoint", {
      functionName: `${config.name}-endpoint`,
      description: "Takes Firehose's deliveries to Datadog and Mackerel.",
      bundles: parts.bundles,
      bundle: "endpoint",
      memoryMebibytes,
      timeout: Duration.seconds(timeoutSeconds[frontEnd]),
      environment: {
        ...functionEnv(config, "endpoint"),
        ...parts.secrets.environment(...endpointSecrets),
        HYDRANT_BACKUP_BUCKET: parts.bucket.bucketName,
      },
      statements: [readKeys(parts), keepRefused(parts)],
    }).function;
    for (const prefix of keptPrefixes(parts)) acceptPrefix(this, parts.bucket, prefix);
    this.#url = frontEnd === "http-api" ? this.#addHttpApi(config.name) : this.#addFunctionUrl();
  }

  /** Where a stream delivers to. */
  urlOf(destination: string): string {
    return Fn.join("", [this.#url, destination]);
  }

  /** With both permissions that a public one needs since October 2025: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
  #addFunctionUrl(): string {
    return this.function.addFunctionUrl({ authType: FunctionUrlAuthType.NONE }).url;
  }

  #addHttpApi(name: string): string {
    const integration = new HttpLambdaIntegration("Integration", this.function, {
      payloadFormatVersion: PayloadFormatVersion.VERSION_2_0,
    });
    const api = new HttpApi(this, "Api", {
      apiName: `${name}-endpoint`,
      createDefaultStage: false,
      defaultIntegration: integration,
    });
    const logGroup = new LogGroup(this, "ApiLog", {
      logGroupName: `/aws/vendedlogs/${name}-endpoint-api`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, "Stage", {
      httpApi: api,
      autoDeploy: true,
      accessLogSettings: { destination: new LogGroupLogDestination(logGroup) },
    });
    for (const route of api.node.findAll()) {
      if (route.node.path.includes("DefaultRoute")) accept(route, "AwsSolutions-APIG4", openAddress);
    }
    return stage.url;
  }
}

const openAddress = "Firehose signs nothing: the access key that it sends is checked by the function.";

function readKeys({ secrets }: Parts): PolicyStatement {
  const resources = secrets.arnsOf(...endpointSecrets);
  return new PolicyStatement({ actions: ["secretsmanager:GetSecretValue"], resources });
}

/** The prefixes under which refused lines are kept; the pass-through's streams are not ours to know. */
function keptPrefixes({ plan: { config } }: Parts): string[] {
  const streams = config.passthrough ? ["*"] : streamsOf(config).map(({ name }) => name);
  return streams.flatMap((stream) => [`${stream}/rejected/*`, `${stream}/expired/*`]);
}

function keepRefused(parts: Parts): PolicyStatement {
  const resources = keptPrefixes(parts).map((prefix) => parts.bucket.arnForObjects(prefix));
  return new PolicyStatement({ actions: ["s3:PutObject"], resources });
}
