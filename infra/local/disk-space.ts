import { statfsSync, statSync } from "node:fs";
import { databasePath } from "./buffer-database.ts";
import type { PreparedDatabase } from "./prepared-database.ts";

/** Left free on the disk: on a full one the database cannot even let go of what was delivered. */
const reserveBytes = 67_108_864;

/** Free pages that the file keeps for what comes, and how many over them go back to the disk in one transaction. */
const keptFreePages = 16_384;
const returnedPages = 2_000;

/** Which file a folder's database is: another one, or none, once somebody removed it. */
export function databaseFile(folder: string): number | undefined {
  return statSync(databasePath(folder), { throwIfNoEntry: false })?.ino;
}

/** True when the disk has no room for that much and the reserve. */
export function isDiskShort(folder: string, bytes: number): boolean {
  const { blocks, bavail, bsize } = statfsSync(folder);
  // A disk without blocks has no limit; each byte is written to the journal first.
  return blocks > 0 && bavail * bsize < reserveBytes + 2 * bytes;
}

/** Gives free pages back to the disk when there are many, or when it is short of them; for use in a transaction. */
export function giveBackPages(database: PreparedDatabase, isShort: boolean): void {
  const freePages = Number(database.all("PRAGMA freelist_count")[0]?.["freelist_count"]);
  if (freePages > keptFreePages || isShort) database.all(`PRAGMA incremental_vacuum(${returnedPages})`);
}
