import type { ErrorRecord } from "../firehose/error-record.ts";

/** Where a backup keeps failed records: what Firehose gave up on, and what the endpoint kept. */
export const failedFolder = "http-endpoint-failed";
export type BackupFolder = typeof failedFolder | "rejected" | "expired";

/** Which failed records are meant. Without codes and reasons: all that Firehose gave up on. */
export interface Selection {
  /** From this arrival on, epoch milliseconds. */
  readonly sinceMs?: number | undefined;
  /** Before this arrival. */
  readonly untilMs?: number | undefined;
  /** Of what Firehose gave up on, these error codes; `HttpEndpoint.` may be left out. */
  readonly codes: readonly string[];
  /** Of what the endpoint kept, in `rejected/` and `expired/`, these reasons. */
  readonly reasons: readonly string[];
}

/** The folders that may hold what is meant. What the endpoint kept is passed by unless a reason asks for it. */
export function foldersOf({ codes, reasons }: Selection): BackupFolder[] {
  const isFailedMeant = codes.length > 0 || reasons.length === 0;
  return [
    ...(isFailedMeant ? [failedFolder] : []),
    ...(reasons.length > 0 ? keptFolders : []),
  ] as BackupFolder[];
}

const keptFolders = ["rejected", "expired"] as const;
const hourMs = 3_600_000;

/**
 * Whether an object may hold records of the time that is meant, as its key says. It is dated by its oldest record; a
 * buffer holds records of 15 minutes at most, and an hour is allowed for late ones.
 * Source: https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
 */
export function mayHold({ sinceMs = -Infinity, untilMs = Infinity }: Selection, key: string): boolean {
  const startMs = hourOf(key);
  return startMs === undefined || (startMs < untilMs && startMs + 2 * hourMs > sinceMs);
}

/** Whether this record is meant. One that does not say when it arrived is as old as its object. */
export function isMeant(
  selection: Selection,
  { key, folder }: { readonly key: string; readonly folder: BackupFolder },
  record: ErrorRecord,
): boolean {
  const { sinceMs = -Infinity, untilMs = Infinity, codes, reasons } = selection;
  const arrivalMs = record.arrivalTimestamp || hourOf(key) || 0;
  if (arrivalMs < sinceMs || arrivalMs >= untilMs) return false;
  if (folder !== failedFolder) return reasons.includes(record.errorCode);
  return (
    codes.length === 0 || codes.some((code) => [code, `HttpEndpoint.${code}`].includes(record.errorCode))
  );
}

/** The hour in an object's key, `<stream>/<folder>/YYYY/MM/dd/HH/...`, UTC. */
function hourOf(key: string): number | undefined {
  const [, date, hour] = /\/(\d{4}\/\d\d\/\d\d)\/(\d\d)\/[^/]*$/.exec(key) ?? [];
  if (date === undefined) return undefined;
  const ms = Date.parse(`${date.replaceAll("/", "-")}T${hour}:00:00Z`);
  return Number.isNaN(ms) ? undefined : ms;
}
