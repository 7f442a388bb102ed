import { Duration } from "aws-cdk-lib";
import type { Gaps } from "./schedule-gaps.ts";

/** The time that an alarm looks over. */
export interface Span {
  readonly period: Duration;
  readonly periods: number;
}

const finestSeconds = 300;
const daySeconds = 86_400;

/** Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html, Period */
const longestSpanSeconds = (periodSeconds: number): number =>
  periodSeconds >= 3600 ? 7 * daySeconds : daySeconds;

/** Periods of which each holds a tick; undefined where CloudWatch does not look back over two of them. */
export function spanOfTicks(gaps: Gaps | undefined, wanted: number): Span | undefined {
  const seconds = gaps && toPeriod(gaps.longestSeconds);
  if (seconds === undefined) return undefined;
  for (let periods = wanted; periods > 1; periods--) {
    if (seconds * periods <= longestSpanSeconds(seconds)) return spanOf(seconds, periods);
  }
  return undefined;
}

/**
 * Periods in which ticks can fail in a row: while ticks follow one another quickly, be it in office hours alone, or
 * else one gap after the other. Where ticks are too far apart for that, one that fails is enough.
 */
export function spanOfFailures(gaps: Gaps | undefined, wanted: number): Span {
  if (gaps === undefined) return oneDay;
  const seconds = toPeriod(gaps.shortestSeconds);
  for (let periods = wanted; periods > 1; periods--) {
    const isQuick = Math.floor(gaps.stretchSeconds / seconds) + 1 >= periods;
    if (isQuick && seconds * periods <= longestSpanSeconds(seconds)) return spanOf(seconds, periods);
    const slow = spanOfTicks(gaps, periods);
    if (slow?.periods === periods) return slow;
  }
  return oneDay;
}

/** Such as "15 minutes". */
export const lengthOf = ({ period, periods }: Span): string =>
  Duration.seconds(period.toSeconds() * periods).toHumanString();

const spanOf = (seconds: number, periods: number): Span => ({ period: Duration.seconds(seconds), periods });
const oneDay = spanOf(daySeconds, 1);

/** CloudWatch takes whole minutes. */
const toPeriod = (gapSeconds: number): number => Math.max(finestSeconds, Math.ceil(gapSeconds / 60) * 60);
