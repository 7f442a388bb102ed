import { Duration } from "aws-cdk-lib";
import { Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { AlarmRule } from "./alarms.ts";
import type { BackupWatch } from "./backup-watch.ts";
import type { Collector } from "./collector.ts";
import type { Endpoint } from "./endpoint.ts";
import { tickMetric } from "./metrics.ts";
import type { Redrive } from "./redrive.ts";

const period = Duration.minutes(5);

export function endpointAlarms(name: string, { function: endpoint }: Endpoint): AlarmRule[] {
  return [
    {
      name: `${name}-endpoint-errors`,
      metric: endpoint.metricErrors({ period }),
      above: 0,
      description:
        "The endpoint ended without an answer: out of memory, out of time, or it did not start. Nothing is lost: Firehose tries again and in the end backs up. Its log ends with the reason; if it is memory or time, lower BUFFER_MEBIBYTES and deploy.",
    },
    {
      name: `${name}-endpoint-throttled`,
      metric: endpoint.metricThrottles({ period }),
      above: 0,
      description:
        "Lambda turned deliveries away: the endpoint is paused (reserved concurrency 0), or the account has no concurrency left. Nothing is lost while Firehose tries again; later it backs up. Resume it: aws lambda delete-function-concurrency; or ask AWS for more concurrency.",
    },
  ];
}

export function backupAlarms(name: string, { objects }: BackupWatch): AlarmRule[] {
  return [
    {
      name: `${name}-backed-up`,
      metric: objects,
      above: 0,
      description: `Firehose gave up on records and wrote them to the backup bucket; nothing is lost. The log group /aws/events/${name}-backed-up names the objects. When the destination works again: npm run hydrant -- redrive.`,
    },
  ];
}

export function redriveAlarms(name: string, { deadLetters }: Redrive): AlarmRule[] {
  return [
    {
      name: `${name}-redrive-dead-letters`,
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
      above: 0,
      description:
        "Redrives failed or never began; each message says why. What they would have put back is still in the backup bucket. Mend the cause, purge the queue; the next run goes on.",
    },
  ];
}

/** CloudWatch looks back for a day at most, or a week where periods are an hour or longer: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html */
const maxLookBackSeconds = (periodSeconds: number): number => (periodSeconds >= 3600 ? 604_800 : 86_400);
const silentTicks = 3;

export function collectorAlarms(
  name: string,
  { function: collector, deadLetters, gaps }: Collector,
): AlarmRule[] {
  const rules: AlarmRule[] = [
    {
      name: `${name}-collector-failed`,
      metric: collector.metricErrors({ period }),
      above: 0,
      periods: 2,
      description:
        "Ticks of the collector failed. Its points of that time are missing; the next tick that works brings the present again. Its log names the reason: a secret, GitHub's sign-in, a stream. npm run hydrant -- doctor checks each.",
    },
    {
      name: `${name}-collector-repositories`,
      metric: tickMetric(name, "FailedRepositories"),
      above: 0,
      periods: 3,
      description:
        "Repositories could not be collected for 15 minutes; the others were. Their series stand still. The collector's log names each and the reason: a permission, a name, GitHub's rate limit. npm run hydrant -- doctor checks each.",
    },
    {
      name: `${name}-collector-dead-letters`,
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: Stats.MAXIMUM }),
      above: 0,
      description:
        "Ticks came to nothing and were put aside; each message says why. Their time is past: read them, mend the cause and purge the queue.",
    },
  ];
  const periodSeconds = Math.ceil((gaps?.longestSeconds ?? Number.POSITIVE_INFINITY) / 60) * 60;
  if (periodSeconds * silentTicks > maxLookBackSeconds(periodSeconds)) return rules;
  const ticks = collector.metricInvocations({ period: Duration.seconds(periodSeconds) });
  rules.push({
    name: `${name}-collector-silent`,
    metric: ticks,
    below: 1,
    periods: silentTicks,
    isSilenceBad: true,
    description: `The collector has not run for ${silentTicks} ticks. See whether its schedule is enabled in EventBridge Scheduler, and whether its concurrency is 0.`,
  });
  return rules;
}
