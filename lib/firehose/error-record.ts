/**
 * One failed record as Firehose writes it to the backup bucket, a JSON document each.
 * Source: https://docs.aws.amazon.com/firehose/latest/dev/retry.html#dd-retry-http
 */
export interface ErrorRecord {
  readonly attemptsMade: number;
  readonly arrivalTimestamp: number;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly attemptEndingTimestamp: number;
  /** Base64 of the record. */
  readonly rawData: string;
  readonly subsequenceNumber: number;
  readonly dataId: string;
}

/** Writes error records as they lie in a backup object: a JSON document a line. */
export function formatErrorRecords(records: Iterable<ErrorRecord>): string {
  let text = "";
  for (const record of records) text += `${JSON.stringify(record)}\n`;
  return text;
}

/** `YYYY/MM/dd/HH`, UTC: how Firehose dates the objects of a bucket. */
export function datePath(timestampMs: number): string {
  return new Date(timestampMs).toISOString().slice(0, 13).replaceAll(/[-T]/g, "/");
}
