import type { Logger } from "@aws-lambda-powertools/logger";
import { MetricUnit, type Metrics } from "@aws-lambda-powertools/metrics";

import type { StreamReport } from "./report.ts";

/** Writes one JSON line for each stream that was redriven, and its counts as CloudWatch metrics in another. */
export function reportRedriveTo(
  log: Pick<Logger, "info" | "warn">,
  metrics: Metrics,
): (report: StreamReport) => void {
  metrics.clearDefaultDimensions();
  return (report) => {
    const isWell = report.ending === "done" && report.unreadable === 0;
    log[isWell ? "info" : "warn"]("redrive", { ...report });
    metrics.addDimensions({ stream: report.stream });
    metrics.addMetric("RedrivenPoints", MetricUnit.Count, report.put.points);
    metrics.addMetric("OutsidePoints", MetricUnit.Count, report.outside.points);
    metrics.addMetric("UnreadableRecords", MetricUnit.Count, report.unreadable);
    metrics.publishStoredMetrics();
  };
}
