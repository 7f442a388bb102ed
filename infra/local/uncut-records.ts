import type { PreparedDatabase } from "./prepared-database.ts";
import type { CutLimits, Uncut } from "./stored.ts";

/** Which records of each stream are in no delivery yet: those after its last cut. */
export class UncutRecords {
  readonly #database: PreparedDatabase;
  readonly #uncut = new Map<string, Uncut>();
  readonly #cutTo = new Map<string, number>();

  constructor(database: PreparedDatabase) {
    this.#database = database;
    const cuts = "SELECT stream, max(last_record) AS last FROM deliveries GROUP BY stream";
    for (const { stream, last } of database.all(cuts)) this.#cutTo.set(String(stream), Number(last));
    for (const { stream } of database.all("SELECT DISTINCT stream FROM records")) this.#load(String(stream));
  }

  get(stream: string): Uncut | undefined {
    return this.#uncut.get(stream);
  }

  add(stream: string, { records, bytes, oldestArrivalMs }: Uncut): void {
    const uncut = this.#uncut.get(stream) ?? { records: 0, bytes: 0, oldestArrivalMs };
    const grown = { records: uncut.records + records, bytes: uncut.bytes + bytes };
    this.#uncut.set(stream, { ...uncut, ...grown });
  }

  /** The records that a delivery would take now. */
  oldest(stream: string, { enoughBytes, maxRecords }: CutLimits): { ids: number[]; bytes: number } {
    const sql =
      "SELECT id, length(bytes) AS bytes FROM records WHERE stream = ? AND id > ? ORDER BY id LIMIT ?";
    const ids: number[] = [];
    let bytes = 0;
    for (const row of this.#database.iterate(sql, stream, this.#cutTo.get(stream) ?? 0, maxRecords)) {
      ids.push(Number(row["id"]));
      bytes += Number(row["bytes"]);
      if (bytes >= enoughBytes) break;
    }
    return { ids, bytes };
  }

  /** Notes that everything up to `lastRecord` is in a delivery. */
  cut(stream: string, lastRecord: number, { records, bytes }: Omit<Uncut, "oldestArrivalMs">): void {
    const before = this.#uncut.get(stream);
    this.#cutTo.set(stream, lastRecord);
    this.#set(stream, (before?.records ?? 0) - records, (before?.bytes ?? 0) - bytes);
  }

  #load(stream: string): void {
    const sql =
      "SELECT count(*) AS records, sum(length(bytes)) AS bytes FROM records WHERE stream = ? AND id > ?";
    const [row] = this.#database.all(sql, stream, this.#cutTo.get(stream) ?? 0);
    this.#set(stream, Number(row?.["records"]), Number(row?.["bytes"]));
  }

  #set(stream: string, records: number, bytes: number): void {
    const sql = "SELECT arrival_ms FROM records WHERE stream = ? AND id > ? ORDER BY id LIMIT 1";
    const [oldest] = this.#database.all(sql, stream, this.#cutTo.get(stream) ?? 0);
    if (oldest === undefined) this.#uncut.delete(stream);
    else this.#uncut.set(stream, { records, bytes, oldestArrivalMs: Number(oldest["arrival_ms"]) });
  }
}
