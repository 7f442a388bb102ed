import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { folderBackup } from "../firehose/backup.ts";
import type { MemoryStore } from "./memory.ts";

/** A memory kept in a file, which is there whole or as it was before. */
export function folderMemory(folder: string, name = "github-series.json"): MemoryStore {
  return {
    read: () => readOrNothing(join(folder, name)),
    write: (text) => folderBackup(folder).put(name, text),
  };
}

async function readOrNothing(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
