import type { Metrics } from "@aws-lambda-powertools/metrics";

/** Metrics of one line, as CloudWatch would bill them. */
export interface Emitted {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, number>>;
}

/** Metrics that remember what they are told to publish. */
export function recordingMetrics(): { readonly metrics: Metrics; readonly emitted: readonly Emitted[] } {
  const emitted: Emitted[] = [];
  let dimensions: Record<string, string> = {};
  let values: Record<string, number> = {};
  const recording = {
    clearDefaultDimensions: () => undefined,
    addDimensions: (added: Record<string, string>) => Object.assign(dimensions, added),
    addMetric: (name: string, _unit: string, value: number) => void (values[name] = value),
    publishStoredMetrics: () => {
      emitted.push({ dimensions, values });
      [dimensions, values] = [{}, {}];
    },
  };
  return { metrics: recording as unknown as Metrics, emitted };
}

/** For logs that nobody reads. */
export const silentLog = { info: () => undefined, warn: () => undefined };
