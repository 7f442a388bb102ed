import { IndexSet, type Run } from "./index-set.ts";
import type { Store, StoredObject } from "../store/store.ts";

/** Which records of an object, counted from 0, are done: acknowledged by Firehose, or kept in `expired/`. */
export interface ProgressNote {
  readonly done: IndexSet;
  write(): Promise<void>;
  remove(): Promise<void>;
}

const noteKey = (key: string): string => `redrive/${key}.json`;

/** Opens the note of an object. One about what was there before the object was written again says nothing. */
export async function openNote(store: Store, { key, version }: StoredObject): Promise<ProgressNote> {
  const text = await store.readText(noteKey(key));
  const note = text === undefined ? undefined : (JSON.parse(text) as { version: string; done: Run[] });
  const done = new IndexSet(note?.version === version ? note.done : []);
  return {
    done,
    write: () => store.write(noteKey(key), `${JSON.stringify({ version, done: done.runs })}\n`),
    remove: () => store.remove(noteKey(key)),
  };
}
