import type { Clock } from "../clock.ts";
import type { Destination } from "../destinations/destination.ts";
import type { ErrorRecord } from "../firehose/error-record.ts";
import type { Put } from "../firehose/producer.ts";
import { OutsideKeeper } from "./keep-outside.ts";
import type { Lease } from "./lease.ts";
import { openNote, type ProgressNote } from "./note.ts";
import { PutBack, type FailedRecord } from "./put-back.ts";
import { readCuts } from "./read-cuts.ts";
import type { Counted, Tally } from "./report.ts";
import { isMeant, type BackupFolder, type Selection } from "./selection.ts";
import type { Store, StoredObject } from "../store/store.ts";
import { lookAt } from "./window.ts";

export interface ObjectParts {
  readonly store: Store;
  readonly lease: Lease;
  readonly put: Put;
  readonly clock: Clock;
  readonly selection: Selection;
  readonly destination: Destination | undefined;
  readonly tally: Tally;
  /** Told of the object's bytes as they are read. */
  readonly onRead: (bytes: number) => void;
}

export interface FolderObject extends StoredObject {
  readonly folder: BackupFolder;
}

/**
 * Puts the meant records of an object back, and moves it to `redriven/` when each of its records is acknowledged or,
 * too late for the destination, kept in `expired/`. Stops between two calls when the signal of `put` aborts. What is
 * done is noted after each call; only what was acknowledged since the last note may be put again by a later run.
 * @throws UnputError when the stream does not take more; LeaseLostError
 */
export async function redriveObject(object: FolderObject, parts: ObjectParts): Promise<void> {
  const { store, put, selection, tally } = parts;
  const note = await openNote(store, object);
  const bytes = await store.read(object.key);
  if (bytes === undefined) return;
  const run = new ObjectRun(object, note, parts);
  let records = 0;
  for await (const cuts of readCuts(counted(bytes, parts.onRead))) {
    for (const cut of cuts) {
      const index = records++;
      if (note.done.has(index)) continue;
      if (cut.kind === "unreadable") tally.unreadable({ key: object.key, offsetBytes: cut.offsetBytes });
      else if (isMeant(selection, object, cut.record)) await run.take(index, cut.record);
      else tally.unselected += 1;
      if (put.signal.aborted) return;
    }
  }
  await run.finish();
  if (put.signal.aborted || note.done.size < records) return;
  await store.move(object, `redriven/${object.key}`);
  await note.remove();
  tally.moved += 1;
}

interface Meant extends FailedRecord, Counted {
  readonly record: ErrorRecord;
}

/** The meant records of one object, on their way. */
class ObjectRun {
  readonly #object: FolderObject;
  readonly #note: ProgressNote;
  readonly #parts: ObjectParts;
  readonly #putBack: PutBack<Meant>;
  readonly #outside: OutsideKeeper<Meant>;

  constructor(object: FolderObject, note: ProgressNote, parts: ObjectParts) {
    this.#object = object;
    this.#note = note;
    this.#parts = parts;
    this.#putBack = new PutBack(parts.put);
    this.#outside = new OutsideKeeper(parts.store, object.key);
  }

  async take(index: number, record: ErrorRecord): Promise<void> {
    const { destination, clock, tally } = this.#parts;
    const { folder } = this.#object;
    const bytes = Buffer.from(record.rawData, "base64");
    const look = lookAt(bytes, destination, clock.nowMs());
    const meant = { index, bytes, record, folder, look };
    if (look.expiry === undefined) this.#putBack.add(meant);
    else if (folder === "expired") tally.outside(meant);
    else
      this.#outside.add({
        ...meant,
        record: { ...record, errorCode: look.expiry.reason, errorMessage: look.expiry.detail },
      });
    while (this.#putBack.isFull && !this.#isStopped) await this.#call();
    if (this.#outside.isFull) await this.#keep();
  }

  async finish(): Promise<void> {
    while (this.#putBack.size > 0 && !this.#isStopped) await this.#call();
    await this.#keep();
  }

  get #isStopped(): boolean {
    return this.#parts.put.signal.aborted;
  }

  async #call(): Promise<void> {
    await this.#parts.lease.keep();
    const acknowledged = await this.#putBack.call();
    for (const meant of acknowledged) this.#parts.tally.put(meant);
    await this.#noteDone(acknowledged);
  }

  async #keep(): Promise<void> {
    if (this.#outside.size === 0) return;
    await this.#parts.lease.keep();
    const written = await this.#outside.write();
    for (const meant of written) this.#parts.tally.outside(meant);
    await this.#noteDone(written);
  }

  async #noteDone(done: readonly Meant[]): Promise<void> {
    if (done.length === 0) return;
    for (const { index } of done) this.#note.done.add(index);
    await this.#parts.lease.keep();
    await this.#note.write();
  }
}

async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    onRead(chunk.length);
    yield chunk;
  }
}
