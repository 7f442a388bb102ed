import { join } from "node:path";
import { RemovalPolicy, type Duration } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Architecture,
  Code,
  Function,
  LoggingFormat,
  Runtime,
  type CfnFunction,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { FunctionName } from "./bundle.ts";

export interface NodeFunctionProps {
  readonly functionName: string;
  readonly description: string;
  /** The folder that holds a folder with the bundle of each function. */
  readonly bundles: string;
  readonly bundle: FunctionName;
  readonly memoryMebibytes: number;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** Besides writing its own log. */
  readonly statements: readonly PolicyStatement[];
}

export const logRetention = RetentionDays.ONE_MONTH;

/** A function of `functions/` as it ships, with a log of its own and no permission that is not named. */
export class NodeFunction extends Construct {
  readonly function: Function;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, "Log", {
      logGroupName: `/aws/lambda/${props.functionName}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const log = new PolicyStatement({
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logGroup.logGroupArn],
    });
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: { Own: new PolicyDocument({ statements: [log, ...props.statements] }) },
    });
    this.function = new Function(this, "Function", {
      functionName: props.functionName,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      // A fifth cheaper than x86 for the same memory: https://aws.amazon.com/lambda/pricing/
      architecture: Architecture.ARM_64,
      code: Code.fromAsset(join(props.bundles, props.bundle)),
      handler: "index.handler",
      memorySize: props.memoryMebibytes,
      timeout: props.timeout,
      environment: { ...props.environment, NODE_OPTIONS: "--enable-source-maps" },
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      role: role.withoutPolicyUpdates(),
    });
    // The role is there first anyway, since the function refers to it.
    (this.function.node.defaultChild as CfnFunction).addDeletionOverride("DependsOn");
  }
}
