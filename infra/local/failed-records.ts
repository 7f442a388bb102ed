import type { AttemptFailure } from "../../lib/firehose/attempt.ts";
import { datePath, formatErrorRecords } from "../../lib/firehose/error-record.ts";
import { recordId, type Delivery, type StoredRecord } from "./stored.ts";

/** What was tried before a delivery was given up. */
export interface LastAttempt {
  readonly failure: AttemptFailure;
  readonly attempts: number;
  readonly endMs: number;
}

/**
 * The key under which a delivery is backed up: the same however often that is tried.
 * Source: https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
 */
export function backupKey({ stream, requestId }: Delivery, oldestArrivalMs: number): string {
  const time = new Date(oldestArrivalMs).toISOString().slice(0, 19).replaceAll(/[T:]/g, "-");
  return `${stream}/http-endpoint-failed/${datePath(oldestArrivalMs)}/${stream}-1-${time}-${requestId}`;
}

/** The backup of a delivery: an error record for each of its records. */
export function backupObject(
  records: readonly StoredRecord[],
  { failure, attempts, endMs }: LastAttempt,
): string {
  return formatErrorRecords(
    records.map(({ id, arrivalMs, bytes }) => ({
      attemptsMade: attempts,
      arrivalTimestamp: arrivalMs,
      errorCode: failure.errorCode,
      errorMessage: failure.errorMessage,
      attemptEndingTimestamp: endMs,
      rawData: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"),
      subsequenceNumber: 0,
      dataId: `${recordId(id)}.0`,
    })),
  );
}
