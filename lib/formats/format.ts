import type { MetricPoint, RejectReason } from "../point.ts";

/** A part of a record that no destination can ever take, as it came in. */
export interface Rejected {
  readonly reason: RejectReason;
  readonly detail: string;
  readonly raw: string | Uint8Array;
  /** How many points (at least 1: an unreadable line counts as one). */
  readonly count: number;
}

/** A record holds many metrics: its good lines never pay for its bad ones. */
export interface Decoded {
  readonly points: readonly MetricPoint[];
  readonly rejected: readonly Rejected[];
}

export interface RecordFormat {
  readonly name: string;
  /** Answers any text with points and rejections; never throws. */
  decode(text: RecordText): Decoded;
}

/**
 * A record's bytes as text. Where they are not valid UTF-8 `isUtf8` is false and each character stands for one
 * byte (latin1), so that a format can still cut the record into lines and lose only those that are broken.
 */
export interface RecordText {
  readonly text: string;
  readonly isUtf8: boolean;
}
