import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

import type { Store, StoredObject } from "./store.ts";

/** A folder as a bucket; what it answers for is on disk. */
export function folderStore(folder: string): Store {
  const pathOf = (key: string): string => join(folder, key);
  const write = (key: string, text: string): Promise<void> => writeWhole(pathOf(key), text);
  return {
    list: (prefix) => list(folder, prefix),
    async read(key) {
      const file = await unlessMissing(open(pathOf(key)));
      return file?.createReadStream({ highWaterMark: 64 * 1024 });
    },
    readText: (key) => unlessMissing(readFile(pathOf(key), "utf8")),
    write,
    async create(key, text) {
      const draft = `${key}.${randomUUID()}.part`;
      await write(draft, text);
      try {
        // A link is there whole or not at all, and fails where something is: link(2).
        await link(pathOf(draft), pathOf(key));
        await syncFolder(dirname(pathOf(key)));
        return true;
      } catch (error) {
        if (codeOf(error) === "EEXIST") return false;
        throw error;
      } finally {
        await rm(pathOf(draft), { force: true });
      }
    },
    async move(object, to) {
      const [from, target] = [pathOf(object.key), pathOf(to)];
      const current = await unlessMissing(stat(from));
      if (current === undefined || versionOf(current) !== object.version) return;
      await mkdir(dirname(target), { recursive: true });
      await rename(from, target);
      await syncFolder(dirname(target));
      await syncFolder(dirname(from));
    },
    remove: (key) => rm(pathOf(key), { force: true }),
  };
}

/** Puts a file there whole, or leaves what was there. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.part`;
  await mkdir(dirname(path), { recursive: true });
  await writeThrough(draft, text);
  await rename(draft, path);
  await syncFolder(dirname(path));
}

async function writeThrough(path: string, text: string): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(text);
  await file.sync();
}

async function* list(folder: string, prefix: string): AsyncGenerator<StoredObject> {
  const options = { recursive: true, withFileTypes: true } as const;
  const entries = (await unlessMissing(readdir(join(folder, prefix), options))) ?? [];
  const keys = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".part"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, "/"));
  for (const key of keys.toSorted()) {
    const found = await unlessMissing(stat(join(folder, key)));
    if (found === undefined) continue;
    yield { key, bytes: found.size, modifiedMs: Math.floor(found.mtimeMs), version: versionOf(found) };
  }
}

const versionOf = ({ mtimeMs, size, ino }: { mtimeMs: number; size: number; ino: number }): string =>
  `${ino}-${size}-${mtimeMs}`;

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

/** A rename survives a power cut only when its folder was synced too (fsync(2)). */
async function syncFolder(path: string): Promise<void> {
  await using opened = await open(path, "r");
  await opened.sync();
}
