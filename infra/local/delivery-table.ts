import type { PreparedDatabase, Row } from "./prepared-database.ts";
import type { Delivery, Progress } from "./stored.ts";

/** Keeps a new delivery and gives its id. */
export function insertDelivery(database: PreparedDatabase, delivery: Omit<Delivery, "id">): number {
  return database.run(
    `INSERT INTO deliveries (stream, request_id, timestamp_ms, first_record, last_record, records, bytes)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    delivery.stream,
    delivery.requestId,
    delivery.timestampMs,
    delivery.firstRecord,
    delivery.lastRecord,
    delivery.records,
    delivery.bytes,
  );
}

/** The stream's deliveries that are not settled, oldest first. */
export function openDeliveries(
  database: PreparedDatabase,
  stream: string,
): { delivery: Delivery; progress: Progress }[] {
  const rows = database.all("SELECT * FROM deliveries WHERE stream = ? ORDER BY id", stream);
  return rows.map((row) => ({ delivery: deliveryOf(row), progress: progressOf(row) }));
}

export function updateProgress(database: PreparedDatabase, { id }: Delivery, progress: Progress): void {
  const { attempts, firstFailureMs = null, waitedMs } = progress;
  const sql = "UPDATE deliveries SET attempts = ?, first_failure_ms = ?, waited_ms = ? WHERE id = ?";
  database.run(sql, attempts, firstFailureMs, waitedMs, id);
}

/** Deletes a delivery with its records. */
export function deleteDelivery(
  database: PreparedDatabase,
  { id, stream, firstRecord, lastRecord }: Delivery,
): void {
  const sql = "DELETE FROM records WHERE stream = ? AND id BETWEEN ? AND ?";
  database.run(sql, stream, firstRecord, lastRecord);
  database.run("DELETE FROM deliveries WHERE id = ?", id);
}

function deliveryOf(row: Row): Delivery {
  return {
    id: Number(row["id"]),
    stream: String(row["stream"]),
    requestId: String(row["request_id"]),
    timestampMs: Number(row["timestamp_ms"]),
    firstRecord: Number(row["first_record"]),
    lastRecord: Number(row["last_record"]),
    records: Number(row["records"]),
    bytes: Number(row["bytes"]),
  };
}

function progressOf(row: Row): Progress {
  const firstFailureMs = row["first_failure_ms"];
  return {
    attempts: Number(row["attempts"]),
    firstFailureMs: firstFailureMs === null ? undefined : Number(firstFailureMs),
    waitedMs: Number(row["waited_ms"]),
  };
}
