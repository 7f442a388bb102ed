import type { Clock } from "../clock.ts";
import type { Destination } from "../destinations/destination.ts";
import type { FirehoseSender } from "../firehose/producer.ts";
import { dryParts } from "./dry-run.ts";
import { LeaseLostError, takeLease, type Lease } from "./lease.ts";
import { UnputError } from "./put-back.ts";
import { redriveObject, type FolderObject } from "./redrive-object.ts";
import { Tally, type StreamReport } from "./report.ts";
import { failedFolder, foldersOf, mayHold, type BackupFolder, type Selection } from "./selection.ts";
import type { Store } from "../store/store.ts";

export interface RedriveParts {
  readonly store: Store;
  readonly client: FirehoseSender;
  readonly clock: Clock;
  readonly random: () => number;
  /** Where the stream delivers to; undefined where anything is taken at any time. */
  readonly destination: Destination | undefined;
  /** How long nothing must have failed. */
  readonly quietMs: number;
  /** When a delivery of a stream failed last, as far as the stream's host knows. */
  readonly lastFailureMs: (stream: string) => Promise<number | undefined>;
  /** Ends the run between two calls. */
  readonly stop: AbortSignal;
  readonly onProgress?: ((progress: RedriveProgress) => void) | undefined;
}

export interface RedriveRequest {
  readonly stream: string;
  readonly selection: Selection;
  /** Only says what would happen. */
  readonly isDryRun: boolean;
  /** Even while the stream is failing. */
  readonly isForced: boolean;
}

/** How far a run is with the objects that were there when it began. */
export interface RedriveProgress {
  readonly stream: string;
  readonly records: number;
  readonly bytes: number;
  readonly allBytes: number;
}

/**
 * Puts failed records back on their stream. Never begins while the stream is failing, unless forced, and takes only
 * what was there when it began, so that nothing goes round in circles. Any run that was cut short is gone on with by
 * the next.
 * @throws when the store fails, or nobody says whether deliveries fail; what was done until then is noted.
 */
export async function redrive(request: RedriveRequest, given: RedriveParts): Promise<StreamReport> {
  const tally = new Tally(request.stream);
  const { lease, ...parts } = request.isDryRun ? dryParts(given) : await leased(request, given);
  if ("heldUntilMs" in lease) {
    const until = new Date(lease.heldUntilMs).toISOString();
    return tally.report(
      "held",
      `another run is at work, or died; without a sign of life it ends at ${until}`,
    );
  }
  try {
    return await run(request, { ...parts, lease }, tally);
  } catch (error) {
    if (error instanceof UnputError || error instanceof LeaseLostError)
      return tally.report("failed", error.message);
    throw error;
  } finally {
    // Where that fails, the right ends by itself.
    await lease.release().catch(() => undefined);
  }
}

async function leased({ stream }: RedriveRequest, parts: RedriveParts) {
  return { ...parts, lease: await takeLease(parts.store, stream, parts.clock) };
}

async function run(
  request: RedriveRequest,
  parts: RedriveParts & { readonly lease: Lease },
  tally: Tally,
): Promise<StreamReport> {
  const { selection, stream, isForced, isDryRun } = request;
  const { clock, stop, quietMs } = parts;
  const failed = await objectsIn(failedFolder, stream, parts.store);
  const toldMs = isForced || isDryRun ? undefined : await parts.lastFailureMs(stream);
  const problem = failingSince(newestMs(failed, toldMs), clock.nowMs(), quietMs);
  if (problem !== undefined && !isForced && !isDryRun) return tally.report("failing", problem);
  const objects: FolderObject[] = [];
  for (const folder of foldersOf(selection)) {
    const all = folder === failedFolder ? failed : await objectsIn(folder, stream, parts.store);
    objects.push(...all.filter(({ key }) => mayHold(selection, key)));
  }
  tally.objects = objects.length;
  const allBytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  let bytes = 0;
  const onRead = (more: number): void => {
    bytes += more;
    parts.onProgress?.({ stream, records: tally.putRecords, bytes, allBytes });
  };
  const put = { ...parts, stream, signal: stop };
  for (const object of objects) {
    if (!stop.aborted) await redriveObject(object, { ...parts, selection, tally, put, onRead });
  }
  return stop.aborted
    ? tally.report("stopped", "the time was up; the next run goes on")
    : tally.report("done", problem);
}

async function objectsIn(folder: BackupFolder, stream: string, store: Store): Promise<FolderObject[]> {
  const objects: FolderObject[] = [];
  for await (const object of store.list(`${stream}/${folder}/`)) objects.push({ ...object, folder });
  return objects;
}

/** A stream that gives up backs up what it holds; one that still tries is known to its host alone. */
function newestMs(failed: readonly FolderObject[], toldMs = -Infinity): number {
  return failed.reduce((newest, { modifiedMs }) => Math.max(newest, modifiedMs), toldMs);
}

function failingSince(failedMs: number, nowMs: number, quietMs: number): string | undefined {
  const ageMs = Math.max(0, nowMs - failedMs);
  if (ageMs >= quietMs) return undefined;
  const [age, quiet] = [ageMs, quietMs].map((ms) => Math.round(ms / 1000));
  return `deliveries failed ${age} s ago: what is put back might fail again until nothing has failed for ${quiet} s`;
}
