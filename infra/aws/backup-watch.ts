import { ArnFormat, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";
import { Rule } from "aws-cdk-lib/aws-events";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { streamsOf } from "../../lib/config.ts";
import { logRetention } from "./node-function.ts";
import type { Parts } from "./parts.ts";

/** Notices each object of records that Firehose gave up on: no metric of Firehose's is documented to count these. */
export class BackupWatch extends Construct {
  /** Names the objects. */
  readonly log: LogGroup;
  readonly objects: Metric;

  constructor(scope: Construct, id: string, { plan: { config }, bucket }: Parts) {
    super(scope, id);
    this.log = new LogGroup(this, "Log", {
      // Only under this prefix EventBridge writes: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html
      logGroupName: `/aws/events/${config.name}-backed-up`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.log.addToResourcePolicy(
      new PolicyStatement({
        principals: [
          new ServicePrincipal("events.amazonaws.com"),
          new ServicePrincipal("delivery.logs.amazonaws.com"),
        ],
        actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
        resources: [this.log.logGroupArn],
      }),
    );
    const { logGroupName } = this.log;
    const arn = Stack.of(this).formatArn({
      service: "logs",
      resource: "log-group",
      resourceName: logGroupName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const key = streamsOf(config).map(({ name }) => ({ prefix: `${name}/http-endpoint-failed/` }));
    const rule = new Rule(this, "Rule", {
      ruleName: `${config.name}-backed-up`,
      description: "Firehose gave up on records and wrote them to the backup bucket.",
      eventPattern: {
        source: ["aws.s3"],
        detailType: ["Object Created"],
        detail: { bucket: { name: [bucket.bucketName] }, object: { key } },
      },
      targets: [{ bind: () => ({ arn }) }],
    });
    this.objects = new Metric({
      namespace: "AWS/Events",
      metricName: "Invocations",
      dimensionsMap: { RuleName: rule.ruleName },
      statistic: Stats.SUM,
      period: Duration.minutes(5),
      label: "objects",
    });
  }
}
