/** An object of a backup as it is listed. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  /** Another one where the object was written again. */
  readonly version: string;
}

/** Objects by their keys: a bucket, or a folder that stands for one. */
export interface Store {
  /** The objects below a prefix that ends with `/` (or all, with none), in order of their keys. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** The object's bytes as they come, never all at once; undefined where there is none. */
  read(key: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** The text of a small object; undefined where there is none. */
  readText(key: string): Promise<string | undefined>;
  /** Resolves when the text is safely stored in place of what was there. */
  write(key: string, text: string): Promise<void>;
  /** As `write`, where nothing is there yet: of any number at once, one gets true. */
  create(key: string, text: string): Promise<boolean>;
  /** Resolves when the object is under the other key; leaves it where it has changed or is gone. */
  move(object: StoredObject, to: string): Promise<void>;
  remove(key: string): Promise<void>;
}

/** Where failed records are kept: the same key again replaces an object. */
export type Backup = Pick<Store, "write">;

/** A backup that is opened with its first object, since most deliveries keep nothing. */
export function lateBackup(openBackup: () => Promise<Backup>): Backup {
  let opened: Backup | undefined;
  return {
    async write(key, text) {
      opened ??= await openBackup();
      await opened.write(key, text);
    },
  };
}
