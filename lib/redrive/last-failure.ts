import { GetMetricStatisticsCommand, type CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import type { Clock } from "../clock.ts";

interface Parts {
  readonly client: CloudWatchClient;
  readonly clock: Clock;
  /** How far back to look. */
  readonly quietMs: number;
}

/**
 * Says when a delivery of a stream failed last, to the minute, as Firehose's own metric tells: 0 where an attempt
 * failed. Undefined where none did lately.
 * Source: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
 * @throws where CloudWatch cannot be asked
 */
export async function lastFailureMs(
  stream: string,
  { client, clock, quietMs }: Parts,
): Promise<number | undefined> {
  const nowMs = clock.nowMs();
  const { Datapoints = [] } = await client.send(
    new GetMetricStatisticsCommand({
      Namespace: "AWS/Firehose",
      MetricName: "DeliveryToHttpEndpoint.Success",
      Dimensions: [{ Name: "DeliveryStreamName", Value: stream }],
      StartTime: new Date(nowMs - quietMs),
      EndTime: new Date(nowMs),
      Period: 60,
      Statistics: ["Minimum"],
    }),
  );
  const failures = Datapoints.filter(({ Minimum }) => Minimum === 0);
  return failures.length === 0
    ? undefined
    : Math.max(...failures.map(({ Timestamp }) => Timestamp?.getTime() ?? nowMs));
}
