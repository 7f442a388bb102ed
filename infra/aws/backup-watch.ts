import { ArnFormat, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { Rule } from "aws-cdk-lib/aws-events";
import { PolicyDocument, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, type CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { streamsOf } from "../../lib/config.ts";
import { alarmPeriod } from "./metrics.ts";
import { logRetention } from "./node-function.ts";
import type { Parts } from "./parts.ts";

interface Watched {
  readonly ruleName: string;
  readonly description: string;
  /** Patterns of EventBridge: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html */
  readonly key: readonly object[];
  readonly reason?: readonly string[];
}

/** Notices objects as they come into the backup: no metric of Firehose's is documented to count what it gave up on. */
export class BackupWatch extends Construct {
  readonly bucketName: string;
  /** The log group that names the objects. */
  readonly logName: string;
  /** Objects of records that Firehose gave up on. */
  readonly backedUp: Metric;
  /** Objects of refused points, of any stream: only where the pass-through is open, whose streams nobody knows before. */
  readonly refused: Metric | undefined;
  readonly #log: LogGroup;

  constructor(scope: Construct, id: string, { plan: { config }, bucket }: Parts) {
    super(scope, id);
    const { name } = config;
    this.bucketName = bucket.bucketName;
    // Only under this prefix EventBridge writes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
    this.logName = `/aws/events/${name}-backed-up`;
    this.#log = this.#addLog();
    this.backedUp = this.#watch("Rule", {
      ruleName: `${name}-backed-up`,
      description: "Firehose gave up on records and wrote them to the backup bucket.",
      key: streamsOf(config).map((stream) => ({ prefix: `${stream.name}/http-endpoint-failed/` })),
    });
    if (!config.passthrough) return;
    this.refused = this.#watch("Refused", {
      ruleName: `${name}-refused`,
      description: "Refused points were kept in the backup bucket.",
      key: [{ wildcard: "*/rejected/*" }, { wildcard: "*/expired/*" }],
      // A redrive copies to redriven/: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
      reason: ["PutObject"],
    });
  }

  /**
   * The policy is the log group's own: of those that are not, and which `addToResourcePolicy` makes, an account has 10.
   * Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
   */
  #addLog(): LogGroup {
    const log = new LogGroup(this, "Log", {
      logGroupName: this.logName,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const write = new PolicyStatement({
      principals: [
        new ServicePrincipal("events.amazonaws.com"),
        new ServicePrincipal("delivery.logs.amazonaws.com"),
      ],
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [`${this.#arnOf(this.logName)}:*`],
    });
    const resource = log.node.defaultChild as CfnLogGroup;
    resource.resourcePolicyDocument = new PolicyDocument({ statements: [write] });
    return log;
  }

  #watch(id: string, { ruleName, description, key, reason }: Watched): Metric {
    const arn = this.#arnOf(this.#log.logGroupName);
    new Rule(this, id, {
      ruleName,
      description,
      eventPattern: {
        source: ["aws.s3"],
        detailType: ["Object Created"],
        detail: { bucket: { name: [this.bucketName] }, object: { key }, ...(reason && { reason }) },
      },
      targets: [{ bind: () => ({ arn }) }],
    });
    return new Metric({
      namespace: "AWS/Events",
      metricName: "Invocations",
      dimensionsMap: { RuleName: ruleName },
      statistic: Stats.SUM,
      period: alarmPeriod,
      label: "objects",
    });
  }

  #arnOf(resourceName: string): string {
    const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
    return Stack.of(this).formatArn({ service: "logs", resource: "log-group", resourceName, arnFormat });
  }
}
