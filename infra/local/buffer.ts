import { mkdirSync } from "node:fs";
import type { Clock } from "../../lib/clock.ts";
import { databasePath, folderError, openDatabase } from "./buffer-database.ts";
import { CommitQueue, UnavailableError, type Put } from "./commit-queue.ts";
import { deleteDelivery, insertDelivery, openDeliveries, updateProgress } from "./delivery-table.ts";
import { databaseFile, giveBackPages, isDiskShort } from "./disk-space.ts";
import { PreparedDatabase } from "./prepared-database.ts";
import type { CutLimits, Delivery, Progress, StoredRecord, Uncut, Waiting } from "./stored.ts";
import { UncutRecords } from "./uncut-records.ts";

export interface BufferOptions {
  readonly folder: string;
  readonly clock: Clock;
  /** Puts are refused while more than this waits. */
  readonly maxWaitingBytes?: number | undefined;
}

const defaultMaxWaitingBytes = 1_073_741_824;

/** What a record takes besides its bytes: empty ones fill the disk too. */
const recordOverheadBytes = 64;

/** Records on disk, by stream in order of arrival. Only one process at a time has a folder open. */
export class RecordBuffer implements Disposable {
  readonly #options: BufferOptions;
  readonly #database: PreparedDatabase;
  readonly #file: number | undefined;
  readonly #queue = new CommitQueue((puts) => this.#commit(puts));
  readonly #uncut: UncutRecords;
  readonly #records = new Map<string, number>();
  /** With overhead, and with what is on its way to the disk. */
  #bytes = 0;

  /** @throws BufferError when the folder cannot be used. */
  constructor(options: BufferOptions) {
    this.#options = options;
    this.#database = new PreparedDatabase(openDatabase(options.folder));
    this.#file = databaseFile(options.folder);
    this.#uncut = new UncutRecords(this.#database);
    for (const { stream, records, bytes } of this.streams()) {
      this.#count(stream, records);
      this.#bytes += bytes + records * recordOverheadBytes;
    }
  }

  /** How many records are on disk, in a delivery or not. */
  get waitingRecords(): number {
    return [...this.#records.values()].reduce((sum, records) => sum + records, 0);
  }

  /** The same of one stream, and when the oldest of them came. */
  waiting(stream: string): Waiting {
    const sql = "SELECT arrival_ms FROM records WHERE stream = ? ORDER BY id LIMIT 1";
    const [oldest] = this.#database.all(sql, stream);
    return {
      waitingRecords: this.#records.get(stream) ?? 0,
      ...(oldest && { oldestArrivalMs: Number(oldest["arrival_ms"]) }),
    };
  }

  /** What is on disk, by stream. */
  streams(): { stream: string; records: number; bytes: number }[] {
    const sql =
      "SELECT stream, count(*) AS records, sum(length(bytes)) AS bytes FROM records GROUP BY stream";
    return this.#database.all(sql).map(({ stream, records, bytes }) => ({
      stream: String(stream),
      records: Number(records),
      bytes: Number(bytes),
    }));
  }

  /**
   * Resolves with the records' ids when all of them are on disk.
   * @throws UnavailableError when none of them was stored.
   */
  async put(stream: string, records: readonly Uint8Array[]): Promise<readonly number[]> {
    const { maxWaitingBytes = defaultMaxWaitingBytes, clock } = this.#options;
    const bytes = sizeOf(records) + records.length * recordOverheadBytes;
    if (this.#bytes + bytes > maxWaitingBytes) throw new UnavailableError("Slow down.");
    this.#bytes += bytes;
    try {
      return await this.#queue.add({ stream, arrivalMs: clock.nowMs(), records });
    } catch (error) {
      this.#bytes -= bytes;
      throw error;
    }
  }

  uncut(stream: string): Uncut | undefined {
    return this.#uncut.get(stream);
  }

  /** Makes a delivery of the stream's oldest uncut records; there must be one. */
  cut(stream: string, requestId: string, limits: CutLimits): Delivery {
    const { ids, bytes } = this.#uncut.oldest(stream, limits);
    const [firstRecord = 0, lastRecord = 0, records] = [ids[0], ids.at(-1), ids.length];
    const timestampMs = this.#options.clock.nowMs();
    const delivery = { stream, requestId, timestampMs, firstRecord, lastRecord, records, bytes };
    const id = insertDelivery(this.#database, delivery);
    this.#uncut.cut(stream, lastRecord, delivery);
    return { id, ...delivery };
  }

  /** The stream's deliveries that are not settled, oldest first. @throws BufferError */
  open(stream: string): { delivery: Delivery; progress: Progress }[] {
    try {
      return openDeliveries(this.#database, stream);
    } catch (error) {
      throw folderError(error, this.#options.folder);
    }
  }

  read({ stream, firstRecord, lastRecord }: Delivery): StoredRecord[] {
    const sql =
      "SELECT id, arrival_ms, bytes FROM records WHERE stream = ? AND id BETWEEN ? AND ? ORDER BY id";
    return this.#database.all(sql, stream, firstRecord, lastRecord).map((row) => ({
      id: Number(row["id"]),
      arrivalMs: Number(row["arrival_ms"]),
      bytes: row["bytes"] as Uint8Array,
    }));
  }

  save(delivery: Delivery, progress: Progress): void {
    updateProgress(this.#database, delivery, progress);
  }

  /** Forgets a delivery and its records. */
  settle(delivery: Delivery): void {
    this.#database.transaction(() => {
      deleteDelivery(this.#database, delivery);
      giveBackPages(this.#database, this.#isInPlace() && isDiskShort(this.#options.folder, 0));
    });
    this.#count(delivery.stream, -delivery.records);
    this.#bytes -= delivery.bytes + delivery.records * recordOverheadBytes;
  }

  /** Commits what is queued and lets go of the folder. If that was removed, it is made anew for what still waits. */
  [Symbol.dispose](): void {
    this.#queue.flush();
    if (!this.#isInPlace() && this.waitingRecords > 0) {
      mkdirSync(this.#options.folder, { recursive: true, mode: 0o700 });
      this.#database.run("VACUUM INTO ?", databasePath(this.#options.folder));
    }
    this.#database.close();
  }

  #commit(puts: readonly Put[]): readonly (readonly number[])[] {
    const { folder } = this.#options;
    const bytes = puts.reduce((sum, { records }) => sum + sizeOf(records), 0);
    if (!this.#isInPlace()) throw new Error(`the data folder ${folder} was removed; start Hydrant anew`);
    if (isDiskShort(folder, bytes)) {
      throw new Error(`the disk of ${folder} is full, but for 64 MiB that are kept free`);
    }
    const ids = this.#database.transaction(() => puts.map((put) => this.#insert(put)));
    for (const { stream, arrivalMs, records } of puts) {
      this.#count(stream, records.length);
      const added = { records: records.length, bytes: sizeOf(records), oldestArrivalMs: arrivalMs };
      this.#uncut.add(stream, added);
    }
    return ids;
  }

  #count(stream: string, added: number): void {
    this.#records.set(stream, (this.#records.get(stream) ?? 0) + added);
  }

  /** A removed file still takes writes, but nobody would ever find them. */
  #isInPlace(): boolean {
    return databaseFile(this.#options.folder) === this.#file;
  }

  #insert({ stream, arrivalMs, records }: Put): number[] {
    const sql = "INSERT INTO records (stream, arrival_ms, bytes) VALUES (?, ?, ?)";
    return records.map((bytes) => this.#database.run(sql, stream, arrivalMs, bytes));
  }
}

function sizeOf(records: readonly Uint8Array[]): number {
  return records.reduce((sum, { length }) => sum + length, 0);
}
