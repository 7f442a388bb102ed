import type { MetricPoint, RejectReason } from "../point.ts";

/** A part of a record that no destination can ever take, as it came in. */
export interface Rejected {
  readonly reason: RejectReason;
  readonly detail: string;
  readonly raw: string | Uint8Array;
  /** How many points (at least 1: an unreadable line counts as one). */
  readonly count: number;
}

export type WhyRejected = Pick<Rejected, "reason" | "detail">;

/** What a record is read as, one after another; only what is rejected has a `reason`. */
export type Part = MetricPoint | Rejected;

/** A record holds many metrics: its good lines never pay for its bad ones. */
export interface Decoded {
  readonly points: readonly MetricPoint[];
  readonly rejected: readonly Rejected[];
}

/** What is decoded so far; records of one delivery share it. */
export interface Decoding {
  readonly points: MetricPoint[];
  readonly rejected: Rejected[];
}

export interface RecordFormat {
  readonly name: string;
  /** The points and the rejections that any text holds, in order and read as they are asked for; never throws. */
  decode(record: RecordText): Iterable<Part>;
}

/**
 * A record's bytes as text. Where they are not valid UTF-8 `isUtf8` is false and each character stands for one
 * byte (latin1), so that a format can still cut the record into lines and lose only those that are broken.
 */
export interface RecordText {
  readonly text: string;
  readonly isUtf8: boolean;
}
