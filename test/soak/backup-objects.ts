import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import type { ErrorRecord } from "../../lib/firehose/error-record.ts";

async function listObjects(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function readObject(path: string): Promise<ErrorRecord[]> {
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  return lines.map((line) => JSON.parse(line) as ErrorRecord);
}

/** An identity in whatever text: a number of 8 digits and no more. */
const identity = /(?<![0-9a-z])1[0-9]{7}(?![0-9a-z])/g;

/** The identities of what a stream has in `rejected/` or `expired/`. */
export async function keptIds(
  backup: string,
  stream: string,
  folder: "rejected" | "expired",
): Promise<Set<number>> {
  const ids = new Set<number>();
  for (const path of await listObjects(join(backup, stream, folder))) {
    for (const { rawData } of await readObject(path)) {
      const text = Buffer.from(rawData, "base64").toString("latin1");
      for (const [id] of text.matchAll(identity)) ids.add(Number(id));
    }
  }
  return ids;
}

/** How many records Firehose gave up. */
export async function countFailed(backup: string, stream: string): Promise<number> {
  const objects = await listObjects(join(backup, stream, "http-endpoint-failed"));
  const records = await Promise.all(objects.map(readObject));
  return records.flat().length;
}
