import { Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { accountKeys } from "../../lib/config/accounts.ts";
import { accept, acceptPrefix } from "./accept.ts";
import { deadLetterQueue, sendTo } from "./dead-letters.ts";
import { functionEnv } from "./function-env.ts";
import { FunctionSchedule } from "./function-schedule.ts";
import type { MetricStream } from "./metric-stream.ts";
import { NodeFunction } from "./node-function.ts";
import type { Parts } from "./parts.ts";

/** The longest that Lambda lets a function run: the next run goes on where this one ended. */
const timeoutSeconds = 900;
const memoryMebibytes = 512;

/** The function that puts what Firehose gave up on back on the streams; its schedule is there, and off. */
export class Redrive extends Construct {
  readonly function: Function;
  /** Runs that failed or never began. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, parts: Parts & { readonly streams: readonly MetricStream[] }) {
    super(scope, id);
    const { config } = parts.plan;
    const deadLetters = deadLetterQueue(this, `${config.name}-redrive-dead-letters`);
    this.deadLetters = deadLetters;
    const prefixes = [...parts.streams.map(({ streamName }) => `${streamName}/*`), "redrive/*", "redriven/*"];
    this.function = new NodeFunction(this, "Redrive", {
      functionName: `${config.name}-redrive`,
      description: "Puts what Firehose gave up on back on the streams.",
      bundles: parts.bundles,
      bundle: "redrive",
      memoryMebibytes,
      timeout: Duration.seconds(timeoutSeconds),
      environment: {
        ...functionEnv(config, "redrive"),
        ...parts.secrets.environment(...accountKeys),
        HYDRANT_BACKUP_BUCKET: parts.bucket.bucketName,
      },
      statements: [...statementsOf(parts, prefixes), sendTo(deadLetters)],
    }).function;
    for (const prefix of prefixes) acceptPrefix(this, parts.bucket, prefix);
    accept(this, "AwsSolutions-IAM5[Resource::*]", "CloudWatch lets nobody be confined to some metrics.");
    this.function.configureAsyncInvoke({ retryAttempts: 0, onFailure: new SqsDestination(deadLetters) });
    new FunctionSchedule(this, "Schedule", {
      scheduleName: `${config.name}-redrive`,
      description: `Starts ${config.name}-redrive, once somebody enables it.`,
      function: this.function,
      schedule: { expression: "rate(1 hour)", timezone: "UTC" },
      isEnabled: false,
      maxEventAge: Duration.hours(1),
      deadLetters,
    });
  }
}

function statementsOf(
  { bucket, streams }: Parts & { readonly streams: readonly MetricStream[] },
  prefixes: readonly string[],
): PolicyStatement[] {
  return [
    new PolicyStatement({ actions: ["s3:ListBucket"], resources: [bucket.bucketArn] }),
    new PolicyStatement({
      actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
      resources: prefixes.map((prefix) => bucket.arnForObjects(prefix)),
    }),
    new PolicyStatement({
      actions: ["firehose:PutRecord", "firehose:PutRecordBatch"],
      resources: streams.map(({ stream }) => stream.deliveryStreamArn),
    }),
    // It knows no narrower resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
    new PolicyStatement({ actions: ["cloudwatch:GetMetricStatistics"], resources: ["*"] }),
  ];
}
