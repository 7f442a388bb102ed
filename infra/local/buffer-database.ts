import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../lib/message-of.ts";

/** The data folder cannot be used; the message says which, why, and what to do. */
export class BufferError extends Error {
  override readonly name = "BufferError";
}

/** What a database of this version holds. Records of a stream up to its last delivery are in one, or gone. */
const schemaVersion = 1;
const schema = `
  CREATE TABLE records (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    stream TEXT NOT NULL,
    arrival_ms INTEGER NOT NULL,
    bytes BLOB NOT NULL
  ) STRICT;
  CREATE INDEX records_by_stream ON records (stream, id);
  CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    request_id TEXT NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    first_record INTEGER NOT NULL,
    last_record INTEGER NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    first_failure_ms INTEGER,
    waited_ms INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  PRAGMA user_version = ${schemaVersion};
`;

export const databasePath = (folder: string): string => join(folder, "buffer.db");

/**
 * Opens the folder's database for this process alone; what it commits is on disk.
 * @throws BufferError
 */
export function openDatabase(folder: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    database = new DatabaseSync(databasePath(folder));
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA auto_vacuum = INCREMENTAL");
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    // What a burst made of the journal is given back.
    database.exec("PRAGMA journal_size_limit = 67108864");
    database.exec("BEGIN IMMEDIATE");
    migrate(database, folder);
    database.exec("COMMIT");
    return database;
  } catch (error) {
    database?.close();
    throw folderError(error, folder);
  }
}

function migrate(database: DatabaseSync, folder: string): void {
  const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
  if (version > schemaVersion) {
    throw new BufferError(
      `The data folder ${resolve(folder)} was written by a newer Hydrant (schema ${version}, this one knows ${schemaVersion}). Run that one, or set HYDRANT_DATA_DIR to another folder.`,
    );
  }
  if (version < schemaVersion) database.exec(schema);
}

/** Source: https://www.sqlite.org/rescode.html#busy */
const sqliteBusy = 5;

/** Why the data folder cannot be used, in words. */
export function folderError(error: unknown, folder: string): BufferError {
  if (error instanceof BufferError) return error;
  const path = resolve(folder);
  const isBusy = error instanceof Error && "errcode" in error && error.errcode === sqliteBusy;
  const problem = isBusy
    ? `Another Hydrant uses the data folder ${path}. Stop it,`
    : `The data folder ${path} cannot be used: ${messageOf(error)}. Mend it,`;
  return new BufferError(`${problem} or set HYDRANT_DATA_DIR to another folder.`, { cause: error });
}
