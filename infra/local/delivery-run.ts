import { retryDelayMs, type AttemptFailure } from "../../lib/firehose/attempt.ts";
import type { Backup } from "../../lib/store/store.ts";
import { attemptDelivery, type AttemptParts } from "./attempt-delivery.ts";
import type { RecordBuffer } from "./buffer.ts";
import type { HostEvent } from "./delivery-event.ts";
import { backupKey, backupObject } from "./failed-records.ts";
import { messageOf } from "../../lib/message-of.ts";
import type { Delivery, Progress, StoredRecord } from "./stored.ts";

/** What the deliveries of one stream share. */
export interface Run extends AttemptParts {
  readonly buffer: RecordBuffer;
  readonly backup: Backup;
  readonly random: () => number;
  readonly retrySeconds: number;
  readonly report: (event: HostEvent) => void;
  /** Runs a turn when the stream has a slot for it. */
  readonly inSlot: <T>(turn: () => Promise<T>) => Promise<T>;
  /** Aborted when no attempt is to begin. */
  readonly stopping: AbortSignal;
}

/** How a turn at a delivery ended: for good, telling what; or to be taken up again. */
type Turn =
  | { readonly kind: "done"; readonly event: HostEvent }
  | { readonly kind: "again"; readonly progress: Progress; readonly waitMs: number }
  | { readonly kind: "stopped" };

export const diskRetryMs = 5_000;

/** Attempts a delivery until it is delivered, dropped or backed up, or the host stops; never rejects. */
export async function seeThrough(delivery: Delivery, earlier: Progress, run: Run): Promise<void> {
  let progress = earlier;
  while (!run.stopping.aborted) {
    const turn = await run.inSlot(() => takeTurn(delivery, progress, run));
    if (turn.kind === "stopped") return;
    if (turn.kind === "done") return settle(delivery, turn.event, run);
    ({ progress } = turn);
    await sleepIn(run, turn.waitMs);
  }
}

/** Waits, or until the host stops. */
export function sleepIn({ clock, stopping }: Pick<Run, "clock" | "stopping">, ms: number): Promise<void> {
  return clock.sleep(ms, stopping).catch(() => undefined);
}

/** True when `use` did what it should; otherwise what was wrong is told. */
export function tryDisk({ stream, report }: Pick<Run, "stream" | "report">, use: () => void): boolean {
  try {
    use();
    return true;
  } catch (error) {
    report({ kind: "disk-failed", stream: stream.name, reason: messageOf(error), retryMs: diskRetryMs });
    return false;
  }
}

/** Tries until the disk lets go of what is done with: it is not sent again meanwhile. */
async function settle(delivery: Delivery, event: HostEvent, run: Run): Promise<void> {
  while (!tryDisk(run, () => run.buffer.settle(delivery))) {
    await sleepIn(run, diskRetryMs);
    if (run.stopping.aborted) return;
  }
  run.report(event);
}

/** One attempt and what follows from it; the records are in memory only as long as that. */
async function takeTurn(delivery: Delivery, progress: Progress, run: Run): Promise<Turn> {
  if (run.stopping.aborted) return { kind: "stopped" };
  let records: readonly StoredRecord[] = [];
  const isRead = tryDisk(run, () => {
    records = run.buffer.read(delivery);
  });
  if (!isRead) return { kind: "again", progress, waitMs: diskRetryMs };
  const startMs = run.clock.nowMs();
  const outcome = await attemptDelivery(delivery, records, run);
  if (outcome === undefined) return { kind: "stopped" };
  const { kind } = outcome;
  const attempts = progress.attempts + 1;
  if (kind === "delivered") return { kind: "done", event: { kind, delivery, attempts } };
  if (kind === "permanent") {
    return { kind: "done", event: { kind: "dropped", delivery, attempts, failure: outcome } };
  }
  const failed = { delivery, records, failure: outcome, progress: failedSince(progress, startMs, run) };
  return retryOrBackUp(failed, run);
}

interface Failed {
  readonly delivery: Delivery;
  readonly records: readonly StoredRecord[];
  readonly failure: AttemptFailure;
  readonly progress: Progress;
}

/** Retrying begins with the first failure; what an attempt takes after that is not counted. */
function failedSince(
  { attempts, firstFailureMs, waitedMs }: Progress,
  startMs: number,
  { clock }: Run,
): Progress {
  const nowMs = clock.nowMs();
  return firstFailureMs === undefined
    ? { attempts: attempts + 1, firstFailureMs: nowMs, waitedMs }
    : { attempts: attempts + 1, firstFailureMs, waitedMs: waitedMs + Math.max(0, nowMs - startMs) };
}

async function retryOrBackUp(failed: Failed, run: Run): Promise<Turn> {
  const { delivery, failure, progress } = failed;
  const { attempts, firstFailureMs = 0, waitedMs } = progress;
  tryDisk(run, () => run.buffer.save(delivery, progress));
  const spentMs = Math.max(0, run.clock.nowMs() - firstFailureMs - waitedMs);
  const leftMs = run.retrySeconds * 1000 - spentMs;
  const delayMs = retryDelayMs(attempts, run.random());
  if (leftMs <= 0) return backUp(failed, delayMs, run);
  const waitMs = Math.min(delayMs, leftMs);
  run.report({ kind: "failed", delivery, attempts, failure, retryMs: waitMs });
  return { kind: "again", progress, waitMs };
}

/** Ends a delivery only when its records are safely in the backup; until then the endpoint gets them again too. */
async function backUp(
  { delivery, records, failure, progress }: Failed,
  retryMs: number,
  run: Run,
): Promise<Turn> {
  const { attempts } = progress;
  const key = backupKey(delivery, records[0]?.arrivalMs ?? delivery.timestampMs);
  try {
    await run.backup.write(key, backupObject(records, { failure, attempts, endMs: run.clock.nowMs() }));
    return { kind: "done", event: { kind: "backed-up", delivery, attempts, failure, key } };
  } catch (error) {
    const reason = messageOf(error);
    run.report({ kind: "not-backed-up", delivery, attempts, failure, reason, retryMs });
    return { kind: "again", progress, waitMs: retryMs };
  }
}
