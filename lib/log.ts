import type { Logger } from "@aws-lambda-powertools/logger";
import { MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import type { DeliveryReport } from "./firehose/endpoint.ts";

type Log = Pick<Logger, "info" | "warn">;

/** Writes one JSON line for each delivery, and its counts as CloudWatch metrics in another. */
export function reportTo(log: Log, metrics: Metrics): (report: DeliveryReport) => void {
  metrics.clearDefaultDimensions();
  return (report) => {
    if (report.status === 200) log.info("delivery", { ...report });
    else log.warn("delivery", { ...report });
    if (isMeasured(report)) measure(report, metrics);
  };
}

/** Where an error was thrown, without its message: that may quote what it was thrown over. */
export function errorTo(log: Pick<Logger, "error">): (error: unknown) => void {
  return (error) => {
    const { name, stack = "" } = error instanceof Error ? error : { name: typeof error };
    const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
    log.error("unforeseen", { error: { name, frames: frames.map((line) => line.trim()) } });
  };
}

/** Not what came without a key: it may name any stream, and CloudWatch bills by the names it is given. */
function isMeasured({ status, records }: DeliveryReport): boolean {
  return (status === 200 || status === 503) && records > 0;
}

/** In one go, so that deliveries side by side never mix. */
function measure(report: DeliveryReport, metrics: Metrics): void {
  metrics.addDimensions({ stream: report.stream, destination: report.destination });
  metrics.addMetric("AcceptedPoints", MetricUnit.Count, report.accepted);
  metrics.addMetric("MergedPoints", MetricUnit.Count, report.merged);
  metrics.addMetric("RejectedPoints", MetricUnit.Count, sum(report.rejected));
  metrics.addMetric("ExpiredPoints", MetricUnit.Count, sum(report.expired));
  metrics.addMetric("RetryPoints", MetricUnit.Count, report.retry);
  metrics.addMetric("Records", MetricUnit.Count, report.records);
  metrics.addMetric("DeliveryMilliseconds", MetricUnit.Milliseconds, report.milliseconds);
  metrics.publishStoredMetrics();
}

function sum(counts: Readonly<Record<string, number>>): number {
  let total = 0;
  for (const count of Object.values(counts)) total += count;
  return total;
}
