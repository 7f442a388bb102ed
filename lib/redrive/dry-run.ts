import type { FirehoseSender } from "../firehose/producer.ts";
import type { Lease } from "./lease.ts";
import type { Store } from "../store/store.ts";

/** The same parts, with which nothing can be changed and every put is acknowledged. */
export function dryParts<P extends { readonly store: Store }>(parts: P): P & { readonly lease: Lease } {
  return { ...parts, store: readOnly(parts.store), client: takesAll, lease: freeLease };
}

const nothing = (): Promise<void> => Promise.resolve();

const readOnly = (store: Store): Store => ({
  list: (prefix) => store.list(prefix),
  read: (key) => store.read(key),
  readText: (key) => store.readText(key),
  write: nothing,
  create: () => Promise.resolve(true),
  move: nothing,
  remove: nothing,
});

const takesAll: FirehoseSender = {
  send: ({ input }) => {
    const entries = (input.Records ?? []).map(() => ({ RecordId: "none" }));
    return Promise.resolve({ FailedPutCount: 0, RequestResponses: entries, $metadata: {} });
  },
};

const freeLease: Lease = { keep: nothing, release: nothing };
