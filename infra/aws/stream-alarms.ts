import { MathExpression, Stats, type Metric } from "aws-cdk-lib/aws-cloudwatch";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import type { AlarmRule } from "./alarms.ts";
import type { MetricStream } from "./metric-stream.ts";
import { alarmPeriod, firehoseMetric, pointsMetric } from "./metrics.ts";

const lateSeconds = 900;

/** What can go wrong between a producer and a destination. */
export function streamAlarms({ streamName, log, stream }: MetricStream): AlarmRule[] {
  const refused = new MathExpression({
    expression: "FILL(rejected, 0) + FILL(expired, 0)",
    usingMetrics: {
      rejected: pointsMetric(streamName, "RejectedPoints"),
      expired: pointsMetric(streamName, "ExpiredPoints"),
    },
    period: alarmPeriod,
    label: "refused points",
  });
  return [
    {
      name: `${streamName}-failing`,
      metric: firehoseMetric(streamName, "DeliveryToHttpEndpoint.Success", Stats.MINIMUM),
      below: 1,
      periods: 3,
      description: `Deliveries have been failing for 15 minutes. Nothing is lost: Firehose tries again for RETRY_SECONDS, then writes to the backup bucket under ${streamName}/http-endpoint-failed/. Look for "delivery" with status 503 in the endpoint's log: its error names the cause (a key, the service, a rate limit). A 401 there: secrets rotate was not followed by Firehose yet, or the secret was changed by hand.`,
    },
    {
      name: `${streamName}-late`,
      metric: firehoseMetric(streamName, "DeliveryToHttpEndpoint.DataFreshness", Stats.MAXIMUM),
      above: lateSeconds,
      description: `The oldest record waits longer than ${lateSeconds / 60} minutes. Nothing is lost yet, but Datadog drops points that are older than an hour, which are then kept under ${streamName}/expired/. See ${streamName}-failing.`,
    },
    {
      name: `${streamName}-throttled`,
      metric: firehoseMetric(streamName, "ThrottledRecords"),
      above: 0,
      description: `Producers put more than the stream takes. What Firehose refused was told to the producer, which has to put it again. Pack lines into fewer records, or ask AWS for a higher limit of the stream.`,
    },
    {
      name: `${streamName}-refused`,
      metric: refused,
      above: 0,
      description: `Points were refused for good, or came too late. They are kept in the backup bucket under ${streamName}/rejected/ and ${streamName}/expired/, each with its reason as errorCode; everything else was delivered. Mend the producer that the lines name.`,
    },
    {
      name: `${streamName}-dropped`,
      metric: droppedMetric(streamName, log, stream),
      above: 0,
      description: `Firehose got a 413 and dropped a delivery without a backup: these points are lost. Hydrant never answers 413, so the body was too large for Lambda. Lower BUFFER_MEBIBYTES and deploy.`,
    },
  ];
}

/** Source: https://docs.aws.amazon.com/firehose/latest/dev/http_troubleshooting.html: the log's message ends "status code. 413: {...}" */
function droppedMetric(streamName: string, log: MetricStream["log"], scope: MetricStream["stream"]): Metric {
  const filter = new MetricFilter(scope, "Dropped", {
    logGroup: log,
    filterPattern: FilterPattern.stringValue("$.message", "=", "*413: *"),
    metricNamespace: "Hydrant",
    metricName: `${streamName}-dropped`,
  });
  return filter.metric({ statistic: Stats.SUM, period: alarmPeriod, label: "413" });
}
