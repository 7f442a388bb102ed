import { Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Function } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { accountKeys } from "../../lib/config/accounts.ts";
import { memoryKey } from "../../lib/config/aws.ts";
import { deadLetterQueue, sendTo } from "./dead-letters.ts";
import { functionEnv } from "./function-env.ts";
import { FunctionSchedule } from "./function-schedule.ts";
import type { MetricStream } from "./metric-stream.ts";
import { NodeFunction } from "./node-function.ts";
import type { Parts } from "./parts.ts";
import { gapsOf, type Gaps } from "./schedule-gaps.ts";

/** A few repositories take seconds; hundreds, with GitHub's waits, some minutes. */
const longestSeconds = 600;
/** What is between the end of one tick and the next. */
const pauseSeconds = 10;

/** Most of it is Node and its clients; what GitHub answers is read page by page. */
const memoryMebibytes = 512;

/** Source: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
const maxQueuedSeconds = 21_600;

/** EventBridge Scheduler takes no shorter and no longer age: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
const ageSeconds = { min: 60, max: 86_400 };

/** The function that collects from GitHub at each tick of the schedule, and puts what it found on the streams. */
export class Collector extends Construct {
  readonly function: Function;
  /** Ticks that came to nothing: not started, or failed. */
  readonly deadLetters: Queue;
  readonly gaps: Gaps | undefined;

  constructor(scope: Construct, id: string, parts: Parts & { readonly streams: readonly MetricStream[] }) {
    super(scope, id);
    const { config } = parts.plan;
    this.gaps = gapsOf(config.schedule);
    const intervalSeconds = this.gaps?.shortestSeconds ?? ageSeconds.max;
    const age = Math.min(Math.max(intervalSeconds, ageSeconds.min), ageSeconds.max);
    this.deadLetters = deadLetterQueue(this, `${config.name}-collector-dead-letters`);
    this.function = new NodeFunction(this, "Collector", {
      functionName: `${config.name}-collector`,
      description: "Collects GitHub's open pull requests and issues at each tick.",
      bundles: parts.bundles,
      bundle: "collector",
      memoryMebibytes,
      // Shorter than the interval, so that ticks never overlap: small accounts have no concurrency to reserve.
      timeout: Duration.seconds(Math.min(intervalSeconds - pauseSeconds, longestSeconds)),
      environment: {
        ...functionEnv(config, "collector"),
        ...parts.secrets.environment(...accountKeys, "GITHUB_TOKEN", "GITHUB_APP_PRIVATE_KEY"),
        HYDRANT_BACKUP_BUCKET: parts.bucket.bucketName,
      },
      statements: [...statementsOf(parts), sendTo(this.deadLetters)],
    }).function;
    // A tick that failed is not run again by Lambda: its time is past, and the next one tells the same.
    this.function.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge: Duration.seconds(Math.min(age, maxQueuedSeconds)),
      onFailure: new SqsDestination(this.deadLetters),
    });
    new FunctionSchedule(this, "Schedule", {
      scheduleName: `${config.name}-collector`,
      description: `Starts ${config.name}-collector.`,
      function: this.function,
      schedule: config.schedule,
      isEnabled: true,
      maxEventAge: Duration.seconds(age),
      deadLetters: this.deadLetters,
    });
  }
}

function statementsOf({ secrets, bucket, streams }: Parts & { readonly streams: readonly MetricStream[] }) {
  return [
    new PolicyStatement({
      actions: ["secretsmanager:GetSecretValue"],
      resources: secrets.arnsOf("GITHUB_TOKEN", "GITHUB_APP_PRIVATE_KEY"),
    }),
    new PolicyStatement({
      actions: ["firehose:PutRecord", "firehose:PutRecordBatch"],
      resources: streams.map(({ stream }) => stream.deliveryStreamArn),
    }),
    new PolicyStatement({
      actions: ["s3:GetObject", "s3:PutObject"],
      resources: [bucket.arnForObjects(memoryKey)],
    }),
    // Without it S3 answers "denied" for an object that is not there yet: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    new PolicyStatement({ actions: ["s3:ListBucket"], resources: [bucket.bucketArn] }),
  ];
}
