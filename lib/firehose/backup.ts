import { randomUUID } from "node:crypto";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Where failed records are kept: a bucket, or a folder that stands for one. */
export interface Backup {
  /**
   * Resolves when the object is safely stored; the same key again replaces it.
   * @throws when it could not be stored.
   */
  put(key: string, body: string): Promise<void>;
}

/** A folder as a bucket: an object is there whole and on disk, or not at all. */
export function folderBackup(folder: string): Backup {
  return {
    async put(key, body) {
      const path = join(folder, key);
      const draft = `${path}.${randomUUID()}.part`;
      await mkdir(dirname(path), { recursive: true });
      await writeThrough(draft, body);
      await rename(draft, path);
      await syncFolder(dirname(path));
    },
  };
}

/** A backup that is opened with its first object, since most deliveries keep nothing. */
export function lateBackup(openBackup: () => Promise<Backup>): Backup {
  let opened: Backup | undefined;
  return {
    async put(key, body) {
      opened ??= await openBackup();
      await opened.put(key, body);
    },
  };
}

async function writeThrough(path: string, body: string): Promise<void> {
  await using file = await open(path, "wx", 0o600);
  await file.writeFile(body);
  await file.sync();
}

/** A rename survives a power cut only when its folder was synced too (fsync(2)). */
async function syncFolder(path: string): Promise<void> {
  await using folder = await open(path, "r");
  await folder.sync();
}
