import { Duration } from "aws-cdk-lib";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";
import { accept } from "./accept.ts";

/** A queue of events that came to nothing: not handed over, or their run failed. */
export function deadLetterQueue(scope: Construct, queueName: string): Queue {
  const queue = new Queue(scope, "DeadLetters", {
    queueName,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  accept(queue, "AwsSolutions-SQS3", "It is the dead-letter queue.");
  return queue;
}

export const sendTo = (queue: Queue): PolicyStatement =>
  new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [queue.queueArn] });
