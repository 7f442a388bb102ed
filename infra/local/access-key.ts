import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BufferError, folderError } from "./buffer-database.ts";

/**
 * The access key kept in the data folder, made there when there is none.
 * @throws BufferError when the folder cannot be used
 */
export function keptAccessKey(folder: string): string {
  const path = join(folder, "access-key");
  try {
    if (!existsSync(path)) make(path, folder);
    const key = readFileSync(path, "utf8").trim();
    if (key !== "") return key;
  } catch (error) {
    throw folderError(error, folder);
  }
  throw new BufferError(
    `${path} is empty. Delete it, and a new access key is made; or set HYDRANT_ACCESS_KEYS.`,
  );
}

/** Written whole or not at all. */
function make(path: string, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.part`;
  writeFileSync(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flush: true });
  renameSync(draft, path);
}
