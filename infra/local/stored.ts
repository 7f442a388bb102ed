/** Records of a stream that are in no delivery yet. */
export interface Uncut {
  readonly records: number;
  readonly bytes: number;
  readonly oldestArrivalMs: number;
}

/** Records of a stream that are on disk, in a delivery or not. */
export interface Waiting {
  readonly waitingRecords: number;
  readonly oldestArrivalMs?: number;
}

/** A run of records of one stream that goes out under one request id until it is delivered, dropped or backed up. */
export interface Delivery {
  readonly id: number;
  readonly stream: string;
  readonly requestId: string;
  /** When it was cut. */
  readonly timestampMs: number;
  readonly firstRecord: number;
  readonly lastRecord: number;
  readonly records: number;
  readonly bytes: number;
}

/** What has become of a delivery so far. */
export interface Progress {
  readonly attempts: number;
  readonly firstFailureMs: number | undefined;
  /** Spent in attempts since the first failure: waiting for acknowledgement does not count as retrying. */
  readonly waitedMs: number;
}

export interface StoredRecord {
  readonly id: number;
  readonly arrivalMs: number;
  readonly bytes: Uint8Array;
}

/** When to stop adding records to a delivery: the record that reaches `enoughBytes` is its last. */
export interface CutLimits {
  readonly enoughBytes: number;
  readonly maxRecords: number;
}

/** The id that a producer was given for a record, and under which it is found again in a backup. */
export const recordId = (id: number): string => `49${String(id).padStart(54, "0")}`;
