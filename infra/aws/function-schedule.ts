import { Aws, TimeZone, type Duration } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Function } from "aws-cdk-lib/aws-lambda";
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { ScheduleConfig } from "../../lib/config.ts";

export interface FunctionScheduleProps {
  readonly scheduleName: string;
  readonly description: string;
  readonly function: Function;
  readonly schedule: ScheduleConfig;
  readonly isEnabled: boolean;
  readonly maxEventAge: Duration;
  /** Where events go that could not be handed over. */
  readonly deadLetters: Queue;
}

/** Invokes a function at the moments of a schedule, with the moment in the event, and may do nothing else. */
export class FunctionSchedule extends Construct {
  constructor(scope: Construct, id: string, props: FunctionScheduleProps) {
    super(scope, id);
    const { deadLetters, schedule, maxEventAge } = props;
    const statements = [
      new PolicyStatement({
        actions: ["lambda:InvokeFunction"],
        resources: [props.function.functionArn],
      }),
      new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [deadLetters.queueArn] }),
    ];
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: { Tick: new PolicyDocument({ statements }) },
    });
    new Schedule(this, "Schedule", {
      scheduleName: props.scheduleName,
      description: props.description,
      enabled: props.isEnabled,
      schedule: ScheduleExpression.expression(schedule.expression, TimeZone.of(schedule.timezone)),
      target: new LambdaInvoke(props.function, {
        role: role.withoutPolicyUpdates(),
        input: ScheduleTargetInput.fromObject({ scheduledTime: ContextAttribute.scheduledTime }),
        retryAttempts: 2,
        maxEventAge,
        deadLetterQueue: deadLetters,
      }),
    });
  }
}
