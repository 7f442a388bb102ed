import { Duration } from "aws-cdk-lib";
import { Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";

const period = Duration.minutes(5);

/** Source: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html */
export const firehoseMetric = (streamName: string, metricName: string, statistic = Stats.SUM): Metric =>
  new Metric({
    namespace: "AWS/Firehose",
    metricName,
    dimensionsMap: { DeliveryStreamName: streamName },
    statistic,
    period,
    label: metricName.replace("DeliveryToHttpEndpoint.", ""),
  });

/** What the collector says of its ticks: the names are those of `lib/tick-log.ts`. */
export const tickMetric = (installation: string, metricName: string): Metric =>
  new Metric({
    namespace: "Hydrant",
    metricName,
    dimensionsMap: { installation, collector: "github" },
    statistic: Stats.SUM,
    period,
    label: metricName,
  });

/** What the endpoint says of a stream's points: the names are those of `lib/log.ts`. */
export const pointsMetric = (streamName: string, metricName: string): Metric =>
  new Metric({
    namespace: "Hydrant",
    metricName,
    dimensionsMap: { stream: streamName, destination: streamName.slice(streamName.lastIndexOf("-") + 1) },
    statistic: Stats.SUM,
    period,
    label: metricName,
  });
