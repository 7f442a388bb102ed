import { Duration } from "aws-cdk-lib";
import { Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";

/** What alarms look over at a time, but for those of slow schedules. */
export const alarmPeriod = Duration.minutes(5);

/** Source: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html */
export const firehoseMetric = (streamName: string, metricName: string, statistic = Stats.SUM): Metric =>
  new Metric({
    namespace: "AWS/Firehose",
    metricName,
    dimensionsMap: { DeliveryStreamName: streamName },
    statistic,
    period: alarmPeriod,
    label: metricName.replace("DeliveryToHttpEndpoint.", ""),
  });

/** What the collector says of its ticks: the names are those of `lib/tick-log.ts`. */
export const tickMetric = (installation: string, metricName: string, period = alarmPeriod): Metric =>
  hydrantMetric({ installation, collector: "github" }, { metricName, period });

/** What the endpoint says of a stream's points: the names are those of `lib/log.ts`. */
export const pointsMetric = (stream: string, metricName: string): Metric =>
  hydrantMetric({ stream, destination: stream.slice(stream.lastIndexOf("-") + 1) }, { metricName });

/** The same of the pass-through's, all streams together; an account's installations share it. */
export const passthroughMetric = (metricName: string): Metric =>
  hydrantMetric({ destination: "service" }, { metricName });

/** What a redrive says of a stream: the names are those of `lib/redrive/log.ts`. */
export const redriveMetric = (stream: string, metricName: string): Metric =>
  hydrantMetric({ stream }, { metricName, label: `${stream} ${metricName}` });

interface Shown {
  readonly metricName: string;
  readonly period?: Duration;
  readonly label?: string;
}

function hydrantMetric(dimensionsMap: Record<string, string>, shown: Shown): Metric {
  const { metricName, period = alarmPeriod, label = metricName } = shown;
  return new Metric({ namespace: "Hydrant", metricName, dimensionsMap, statistic: Stats.SUM, period, label });
}
