import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  Stats,
  TextWidget,
  type IMetric,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import type { Alarms } from "./alarms.ts";
import type { BackupWatch } from "./backup-watch.ts";
import type { Collector } from "./collector.ts";
import type { Endpoint } from "./endpoint.ts";
import { firehoseMetric, pointsMetric } from "./metrics.ts";

export interface Shown {
  readonly name: string;
  readonly streamNames: readonly string[];
  readonly alarms: Alarms;
  readonly endpoint: Endpoint;
  readonly collector: Collector | undefined;
  readonly backup: BackupWatch;
}

const width = 24;

/** One page from top to bottom as points travel: what rings, what came in, what became of it, what was kept. */
export class HydrantDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(scope: Construct, id: string, shown: Shown) {
    super(scope, id);
    const { name, alarms, streamNames, endpoint, collector, backup } = shown;
    this.dashboard = new Dashboard(this, "Dashboard", { dashboardName: name });
    this.dashboard.addWidgets(
      new AlarmStatusWidget({ title: `${name}: alarms`, alarms: alarms.all, width, height: 3 }),
    );
    for (const streamName of streamNames) this.#addStream(streamName);
    this.dashboard.addWidgets(
      graph("Endpoint: runs and errors", [
        endpoint.function.metricInvocations(),
        endpoint.function.metricErrors(),
        endpoint.function.metricThrottles(),
      ]),
      graph("Endpoint: milliseconds", [endpoint.function.metricDuration({ statistic: Stats.p(95) })]),
      graph("Backed up by Firehose: objects", [backup.objects]),
    );
    if (collector === undefined) return;
    this.dashboard.addWidgets(
      graph("Collector: ticks and errors", [
        collector.function.metricInvocations(),
        collector.function.metricErrors(),
      ]),
      graph("Collector: milliseconds", [collector.function.metricDuration({ statistic: Stats.MAXIMUM })]),
      graph("Ticks put aside", [collector.deadLetters.metricApproximateNumberOfMessagesVisible()]),
    );
  }

  #addStream(streamName: string): void {
    const points = ["AcceptedPoints", "MergedPoints", "RejectedPoints", "ExpiredPoints", "RetryPoints"];
    this.dashboard.addWidgets(
      new TextWidget({ markdown: `## ${streamName}`, width, height: 1 }),
      graph("Records in, and delivered", [
        firehoseMetric(streamName, "IncomingRecords"),
        firehoseMetric(streamName, "DeliveryToHttpEndpoint.Records"),
        firehoseMetric(streamName, "ThrottledRecords"),
      ]),
      graph(
        "Points by what became of them",
        points.map((each) => pointsMetric(streamName, each)),
      ),
      graph("Seconds the oldest record waits", [
        firehoseMetric(streamName, "DeliveryToHttpEndpoint.DataFreshness", Stats.MAXIMUM),
      ]),
    );
  }
}

function graph(title: string, left: IMetric[]): GraphWidget {
  return new GraphWidget({ title, left, width: width / 3, leftYAxis: { min: 0 } });
}
