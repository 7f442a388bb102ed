import type { Logger } from "@aws-lambda-powertools/logger";
import { MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Metrics } from "@aws-lambda-powertools/metrics";
import type { TickReport } from "./tick.ts";

/** Writes one JSON line for each tick, and its counts as CloudWatch metrics in another. */
export function reportTicksTo(
  log: Pick<Logger, "info" | "warn">,
  { metrics, installation }: { readonly metrics: Metrics; readonly installation: string },
): (report: TickReport) => void {
  metrics.clearDefaultDimensions();
  return (report) => {
    const unput = report.puts.filter(({ error }) => error !== undefined);
    if (report.failures.length + unput.length === 0) log.info("tick", { ...report });
    else log.warn("tick", { ...report });
    metrics.addDimensions({ installation, collector: report.collector });
    metrics.addMetric("CollectedPoints", MetricUnit.Count, report.points);
    metrics.addMetric("FailedRepositories", MetricUnit.Count, report.failures.length);
    metrics.publishStoredMetrics();
  };
}
