import type { Store } from "../store/store.ts";
import type { MemoryStore } from "./memory.ts";

/** A memory kept as an object. */
export function storedMemory(store: Pick<Store, "readText" | "write">, key: string): MemoryStore {
  return {
    read: () => store.readText(key),
    write: (text) => store.write(key, text),
  };
}
