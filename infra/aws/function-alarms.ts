import { Stats } from "aws-cdk-lib/aws-cloudwatch";
import type { AlarmRule } from "./alarms.ts";
import type { BackupWatch } from "./backup-watch.ts";
import type { Endpoint } from "./endpoint.ts";
import { alarmPeriod as period } from "./metrics.ts";
import type { Redrive } from "./redrive.ts";

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
      description: `Lambda turned deliveries away: the endpoint is paused (reserved concurrency 0), or the account has no concurrency left. Nothing is lost while Firehose tries again; later it backs up. Resume it: aws lambda delete-function-concurrency --function-name ${name}-endpoint; or ask AWS for more concurrency.`,
    },
  ];
}

export function backupAlarms(name: string, watch: BackupWatch): AlarmRule[] {
  const { backedUp, refused, bucketName, logName } = watch;
  const redrive = `HYDRANT_NAME=${name} HYDRANT_BACKUP_BUCKET=${bucketName} npm run hydrant -- redrive --aws --dry-run`;
  const rules: AlarmRule[] = [
    {
      name: `${name}-backed-up`,
      metric: backedUp,
      above: 0,
      description: `Firehose gave up on records and wrote them to the backup bucket; nothing is lost. The log group ${logName} names the objects. When the destination works again: ${redrive} shows what would be put back; the same without --dry-run does it.`,
    },
  ];
  if (refused === undefined) return rules;
  return [
    ...rules,
    {
      name: `${name}-passthrough-refused`,
      metric: refused,
      above: 0,
      description: `Points of some stream, one of the pass-through's too, were refused for good or came too late. They are kept in the backup bucket ${bucketName} under rejected/ and expired/ of their stream, each with its reason as errorCode; everything else was delivered. The log group ${logName} names the objects. Mend the producer that the lines name.`,
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
