import { Aws } from "aws-cdk-lib";
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  Stats,
  TextWidget,
  type IMetric,
} from "aws-cdk-lib/aws-cloudwatch";
import type { Function } from "aws-cdk-lib/aws-lambda";
import type { Queue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { Alarms } from "./alarms.ts";
import type { BackupWatch } from "./backup-watch.ts";
import type { Collector } from "./collector.ts";
import type { Endpoint } from "./endpoint.ts";
import { firehoseMetric, passthroughMetric, pointsMetric, redriveMetric, tickMetric } from "./metrics.ts";
import type { Redrive } from "./redrive.ts";

export interface Shown {
  readonly name: string;
  readonly streamNames: readonly string[];
  readonly alarms: Alarms;
  readonly endpoint: Endpoint;
  readonly collector: Collector | undefined;
  readonly redrive: Redrive;
  readonly backup: BackupWatch;
}

const width = 24;
const settled = ["AcceptedPoints", "MergedPoints", "RejectedPoints", "ExpiredPoints"];

/** One page from top to bottom as points travel: what rings, what came in, what became of it, what was kept. */
export class HydrantDashboard extends Construct {
  /** Dashboards are global: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudwatch-dashboard.html */
  readonly dashboardName: string;
  readonly #dashboard: Dashboard;

  constructor(scope: Construct, id: string, shown: Shown) {
    super(scope, id);
    const { name, alarms, streamNames, endpoint, collector, redrive, backup } = shown;
    this.dashboardName = `${name}-${Aws.REGION}`;
    this.#dashboard = new Dashboard(this, "Dashboard", { dashboardName: this.dashboardName });
    this.#dashboard.addWidgets(
      new AlarmStatusWidget({ title: `${name}: alarms`, alarms: alarms.all, width, height: 3 }),
    );
    for (const streamName of streamNames) this.#addStream(streamName);
    this.#addEndpoint(endpoint, backup);
    if (collector !== undefined) this.#addCollector(name, collector);
    this.#addRedrive(streamNames, redrive, backup);
  }

  #addStream(streamName: string): void {
    const oldest = firehoseMetric(streamName, "DeliveryToHttpEndpoint.DataFreshness", Stats.MAXIMUM);
    this.#dashboard.addWidgets(
      new TextWidget({ markdown: `## ${streamName}`, width, height: 1 }),
      graph("Records in, and delivered", [
        firehoseMetric(streamName, "IncomingRecords"),
        firehoseMetric(streamName, "DeliveryToHttpEndpoint.Records"),
        firehoseMetric(streamName, "ThrottledRecords"),
      ]),
      graph(
        "Points by what became of them",
        settled.map((each) => pointsMetric(streamName, each)),
      ),
      graph(
        "Seconds the oldest record waits; points that come again",
        [oldest],
        [pointsMetric(streamName, "RetryPoints")],
      ),
    );
  }

  #addEndpoint({ function: endpoint }: Endpoint, { refused }: BackupWatch): void {
    const points = [...settled, "RetryPoints"].map(passthroughMetric);
    this.#dashboard.addWidgets(
      graph("Endpoint: runs and errors", [...runs(endpoint), endpoint.metricThrottles()]),
      graph("Endpoint: milliseconds", [endpoint.metricDuration({ statistic: Stats.p(95) })]),
      ...(refused ? [graph("Pass-through: points, and objects of refused ones", points, [refused])] : []),
    );
  }

  #addCollector(name: string, { function: collector, deadLetters }: Collector): void {
    this.#dashboard.addWidgets(
      graph("Collector: ticks, errors, put aside", [...runs(collector), putAside(deadLetters)]),
      graph(
        "Collector: points; repositories that failed",
        [tickMetric(name, "CollectedPoints")],
        [tickMetric(name, "FailedRepositories")],
      ),
      graph("Collector: milliseconds", [collector.metricDuration({ statistic: Stats.MAXIMUM })]),
    );
  }

  #addRedrive(streamNames: readonly string[], redrive: Redrive, { backedUp }: BackupWatch): void {
    const names = ["RedrivenPoints", "OutsidePoints", "UnreadableRecords"];
    this.#dashboard.addWidgets(
      graph("Backed up by Firehose: objects", [backedUp]),
      graph(
        "Redriven",
        streamNames.flatMap((streamName) => names.map((each) => redriveMetric(streamName, each))),
      ),
      graph("Redrive: runs, errors, put aside", [...runs(redrive.function), putAside(redrive.deadLetters)]),
    );
  }
}

const runs = (ran: Function): IMetric[] => [ran.metricInvocations(), ran.metricErrors()];

const putAside = (deadLetters: Queue): IMetric =>
  deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, label: "put aside" });

function graph(title: string, left: IMetric[], right: IMetric[] = []): GraphWidget {
  const onRight = right.length > 0 && { right, rightYAxis: { min: 0 } };
  return new GraphWidget({ title, left, width: width / 3, leftYAxis: { min: 0 }, ...onRight });
}
