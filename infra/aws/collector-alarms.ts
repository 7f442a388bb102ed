import { Stats } from "aws-cdk-lib/aws-cloudwatch";
import { lengthOf, spanOfFailures, spanOfTicks } from "./alarm-span.ts";
import type { AlarmRule } from "./alarms.ts";
import type { Collector } from "./collector.ts";
import { alarmPeriod, tickMetric } from "./metrics.ts";

const failedPeriods = 2;
const repositoriesPeriods = 3;
const silentPeriods = 3;

export function collectorAlarms(
  name: string,
  { function: collector, deadLetters, gaps }: Collector,
): AlarmRule[] {
  const failed = spanOfFailures(gaps, failedPeriods);
  const repositories = spanOfFailures(gaps, repositoriesPeriods);
  const doctor = `HYDRANT_NAME=${name} npm run hydrant -- doctor --aws`;
  const rules: AlarmRule[] = [
    {
      name: `${name}-collector-failed`,
      metric: collector.metricErrors({ period: failed.period }),
      above: 0,
      periods: failed.periods,
      description: `Over ${lengthOf(failed)} ticks of the collector failed. Its points of that time are missing; the next tick that works brings the present again. Its log names the reason: a secret, GitHub's sign-in, a stream. ${doctor} checks each.`,
    },
    {
      name: `${name}-collector-repositories`,
      metric: tickMetric(name, "FailedRepositories", repositories.period),
      above: 0,
      periods: repositories.periods,
      description: `Over ${lengthOf(repositories)} repositories could not be collected; the others were. Their series stand still. The collector's log names each and the reason: a permission, a name, GitHub's rate limit. ${doctor} checks each.`,
    },
    {
      name: `${name}-collector-dead-letters`,
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({
        period: alarmPeriod,
        statistic: Stats.MAXIMUM,
      }),
      above: 0,
      description:
        "Ticks came to nothing and were put aside; each message says why. Their time is past: read them, mend the cause and purge the queue.",
    },
  ];
  const silent = spanOfTicks(gaps, silentPeriods);
  if (silent === undefined) return rules;
  return [
    ...rules,
    {
      name: `${name}-collector-silent`,
      metric: collector.metricInvocations({ period: silent.period }),
      below: 1,
      periods: silent.periods,
      isSilenceBad: true,
      description: `The collector has not run for ${lengthOf(silent)}, longer than its schedule pauses. See whether the schedule is enabled in EventBridge Scheduler, and whether the function's concurrency is 0.`,
    },
  ];
}
