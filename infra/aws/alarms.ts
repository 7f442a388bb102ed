import { Aws } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, TreatMissingData, type IMetric } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { accept } from "./accept.ts";

/** When somebody has to be told. */
export interface AlarmRule {
  readonly name: string;
  readonly metric: IMetric;
  /** What happened, what is safe, and what to do. */
  readonly description: string;
  /** It rings above this. */
  readonly above?: number;
  /** It rings below this. */
  readonly below?: number;
  /** How many in a row; one unless said. */
  readonly periods?: number;
  /** Hearing nothing is bad news too. */
  readonly isSilenceBad?: boolean;
}

/** All alarms of an installation, and the topic that each of them tells, when it begins and when it is over. */
export class Alarms extends Construct {
  readonly topic: Topic;
  readonly all: Alarm[] = [];

  constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", {
      topicName: `${name}-alarms`,
      displayName: `${name} alarms`,
      enforceSSL: true,
    });
    // A policy of its own takes the place of the one that lets everything in the account publish.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
      }),
    );
    const reason =
      "An alarm cannot publish to a topic that is encrypted with SNS's own key; its text is no secret.";
    accept(this.topic, "AwsSolutions-SNS2", reason);
  }

  add(rule: AlarmRule): void {
    const { name, metric, description, above, below, periods = 1, isSilenceBad = false } = rule;
    const isBelow = below !== undefined;
    const alarm = new Alarm(this, name, {
      alarmName: name,
      alarmDescription: description,
      metric,
      threshold: below ?? above ?? 0,
      comparisonOperator: isBelow
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: isSilenceBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new SnsAction(this.topic));
    alarm.addOkAction(new SnsAction(this.topic));
    this.all.push(alarm);
  }
}
