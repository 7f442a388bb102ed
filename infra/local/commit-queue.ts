import { messageOf } from "../../lib/message-of.ts";

/** A put that was not stored; it may be tried again. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";
}

export interface Put {
  readonly stream: string;
  readonly arrivalMs: number;
  readonly records: readonly Uint8Array[];
}

interface Pending {
  readonly put: Put;
  readonly resolve: (ids: readonly number[]) => void;
  readonly reject: (error: Error) => void;
}

/** Puts that arrive in one turn of the event loop share a commit, and with it one wait for the disk. */
export class CommitQueue {
  readonly #commit: (puts: readonly Put[]) => readonly (readonly number[])[];
  #pending: Pending[] = [];

  /** `commit` stores all puts, giving the ids of their records, or throws and stores none. */
  constructor(commit: (puts: readonly Put[]) => readonly (readonly number[])[]) {
    this.#commit = commit;
  }

  /** Resolves when the put is committed. @throws UnavailableError when it was not stored. */
  add(put: Put): Promise<readonly number[]> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ put, resolve, reject });
      if (this.#pending.length === 1) setImmediate(() => this.flush());
    });
  }

  flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    if (pending.length === 0) return;
    try {
      const ids = this.#commit(pending.map(({ put }) => put));
      pending.forEach(({ resolve }, at) => resolve(ids[at] ?? []));
    } catch (cause) {
      const message = `The record could not be stored: ${messageOf(cause)}. Put it again later.`;
      const error = new UnavailableError(message, { cause });
      for (const { reject } of pending) reject(error);
    }
  }
}
