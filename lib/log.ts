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

/** The destination of what comes through the pass-through. */
const passthrough = "service";

/** Not what came without a key, since CloudWatch bills each metric; the pass-through's is proven by a point that was accepted. */
function isMeasured({ status, records, destination, accepted }: DeliveryReport): boolean {
  if (destination === passthrough && accepted === 0) return false;
  return (status === 200 || status === 503) && records > 0;
}

/** In one go, so that deliveries side by side never mix. */
function measure(report: DeliveryReport, metrics: Metrics): void {
  const { stream, destination } = report;
  // Any Mackerel account's key opens the pass-through, and its holder names the stream: that would be metrics without end.
  metrics.addDimensions(destination === passthrough ? { destination } : { stream, destination });
  for (const [name, points] of Object.entries(pointsOf(report)))
    metrics.addMetric(name, MetricUnit.Count, points);
  metrics.publishStoredMetrics();
}

/** At 503 every point comes again, and is counted for good with the attempt that is answered 200. */
function pointsOf(report: DeliveryReport): Readonly<Record<string, number>> {
  const counts = {
    AcceptedPoints: report.accepted,
    MergedPoints: report.merged,
    RejectedPoints: sum(report.rejected),
    ExpiredPoints: sum(report.expired),
  };
  return report.status === 200 ? counts : { RetryPoints: sum(counts) + report.retry };
}

function sum(counts: Readonly<Record<string, number>>): number {
  let total = 0;
  for (const count of Object.values(counts)) total += count;
  return total;
}
