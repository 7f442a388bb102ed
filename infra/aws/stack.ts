import { Aws, CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import { ManagedPolicy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { streamsOf } from "../../lib/config.ts";
import { Alarms } from "./alarms.ts";
import { BackupBucket } from "./backup-bucket.ts";
import { BackupWatch } from "./backup-watch.ts";
import { collectorAlarms } from "./collector-alarms.ts";
import { Collector } from "./collector.ts";
import { HydrantDashboard } from "./dashboard.ts";
import { Endpoint } from "./endpoint.ts";
import { backupAlarms, endpointAlarms, redriveAlarms } from "./function-alarms.ts";
import { MetricStream } from "./metric-stream.ts";
import type { Parts } from "./parts.ts";
import type { Plan } from "./plan.ts";
import { Redrive } from "./redrive.ts";
import { Secrets } from "./secrets.ts";
import { streamAlarms } from "./stream-alarms.ts";

export interface HydrantStackProps extends StackProps {
  readonly plan: Plan;
  /** The folder that holds a folder with the bundle of each function. */
  readonly bundles: string;
}

/** An installation: producers put on streams, streams deliver to the endpoint, and the bucket keeps the rest. */
export class HydrantStack extends Stack {
  constructor(scope: Construct, id: string, { plan, bundles, ...props }: HydrantStackProps) {
    super(scope, id, props);
    const { name, github } = plan.config;
    const { bucket } = new BackupBucket(this, "Backup");
    const parts: Parts = { plan, bundles, bucket, secrets: new Secrets(this, "Secrets", plan) };
    const endpoint = new Endpoint(this, "Endpoint", parts);
    const streams = streamsOf(plan.config).map(
      ({ name: streamName, destination }) =>
        new MetricStream(this, destination, { streamName, url: endpoint.urlOf(destination) }, parts),
    );
    const collector = github && new Collector(this, "Collector", { ...parts, streams });
    const redrive = new Redrive(this, "Redrive", { ...parts, streams });
    const backup = new BackupWatch(this, "BackupWatch", parts);
    const alarms = new Alarms(this, "Alarms", name);
    const rules = [
      ...streams.flatMap(streamAlarms),
      ...backupAlarms(name, backup),
      ...endpointAlarms(name, endpoint),
      ...(collector ? collectorAlarms(name, collector) : []),
      ...redriveAlarms(name, redrive),
    ];
    for (const rule of rules) alarms.add(rule);
    const streamNames = streams.map(({ streamName }) => streamName);
    const shown = { name, streamNames, alarms, endpoint, collector, redrive, backup };
    const { dashboardName } = new HydrantDashboard(this, "Dashboard", shown);
    const producer = this.#addProducerPolicy(name, streams);
    this.#tell(parts, { producer, alarms, streamNames, dashboardName });
  }

  /** What a producer may do, and all that it may do. */
  #addProducerPolicy(name: string, streams: readonly MetricStream[]): ManagedPolicy {
    return new ManagedPolicy(this, "Producer", {
      // IAM knows no regions, and there may be an installation in each.
      managedPolicyName: `${name}-producer-${Aws.REGION}`,
      description: `Allows to put metrics on the streams of ${name}.`,
      statements: [
        new PolicyStatement({
          actions: ["firehose:PutRecord", "firehose:PutRecordBatch"],
          resources: streams.map(({ stream }) => stream.deliveryStreamArn),
        }),
      ],
    });
  }

  #tell({ plan, bucket }: Parts, { producer, alarms, streamNames, dashboardName }: Told): void {
    const tell = (id: string, description: string, value: string): unknown =>
      new CfnOutput(this, id, { description, value });
    if (plan.secrets.length > 0) {
      tell("Next", "Run this once, and after each change of a key", "npm run hydrant -- secrets push");
    }
    tell("Streams", "Where producers put metrics", streamNames.join(", "));
    tell("ProducerPolicyArn", "Attach this to the role of a producer", producer.managedPolicyArn);
    tell("BackupBucketName", "What no destination took", bucket.bucketName);
    tell("AlarmTopicArn", "Subscribe to this to hear of alarms", alarms.topic.topicArn);
    tell(
      "DashboardUrl",
      "How it is going",
      `https://${Aws.REGION}.console.aws.amazon.com/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${dashboardName}`,
    );
  }
}

interface Told {
  readonly producer: ManagedPolicy;
  readonly alarms: Alarms;
  readonly streamNames: readonly string[];
  readonly dashboardName: string;
}
