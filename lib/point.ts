export const metricTypes = ["gauge", "count", "rate", "distribution"] as const;
export type MetricType = (typeof metricTypes)[number];

/** One value of one series at one moment: the only thing formats and destinations both know. */
export interface MetricPoint {
  readonly name: string;
  /** Finite. */
  readonly value: number;
  readonly timestampMs: number;
  readonly type: MetricType;
  /** `key:value`, in the order they were given; a key may repeat. */
  readonly tags: readonly string[];
  readonly unit?: string | undefined;
  readonly intervalSeconds?: number | undefined;
  /** The Mackerel service this point asks for. */
  readonly service?: string | undefined;
  /** The Datadog host this point belongs to. */
  readonly host?: string | undefined;
  /** What it was decoded from; points made by a collector have none. */
  readonly source?: Source | undefined;
}

/**
 * The text a point was decoded from. Where one text held several points, a function that several points share:
 * it writes that text again with only the given points in it.
 */
export type Source = string | ((points: readonly MetricPoint[]) => string);

/** Why something will never be accepted: the `errorCode` it is kept under. */
export type RejectReason =
  | "not-base64"
  | "not-gzip"
  | "not-utf8"
  | "not-json"
  | "not-a-metric"
  | "invalid-value"
  | "invalid-time"
  | "invalid-name"
  | "too-large"
  | "name-collision"
  | "type-not-supported"
  | "service-not-allowed"
  | "service-not-found"
  | "refused-by-destination";

/** Why a point came too late or too early for a service that would drop it without a word. */
export type ExpiryReason = "too-old" | "too-far-ahead";
