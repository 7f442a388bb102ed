import { formatErrorRecords, type ErrorRecord } from "../firehose/error-record.ts";
import type { Store } from "../store/store.ts";

/** How much is held before it is written: few objects, in bounded memory. */
const maxHeldBytes = 4 * 1024 * 1024;

/** A record that stays, and its place in its object. */
interface Staying {
  readonly index: number;
  readonly record: ErrorRecord;
}

/** Gathers the records of one object that are too late for their destination, and writes them to `expired/`. */
export class OutsideKeeper<S extends Staying> {
  readonly #store: Store;
  readonly #key: string;
  #held: S[] = [];
  #heldBytes = 0;

  /** `key` is the object's. */
  constructor(store: Store, key: string) {
    this.#store = store;
    this.#key = key;
  }

  get size(): number {
    return this.#held.length;
  }

  get isFull(): boolean {
    return this.#heldBytes >= maxHeldBytes;
  }

  add(staying: S): void {
    this.#held.push(staying);
    this.#heldBytes += staying.record.rawData.length + staying.record.errorMessage.length;
  }

  /** Writes what is gathered as one object, and answers what it holds: these are safe there. */
  async write(): Promise<readonly S[]> {
    const [first] = this.#held;
    if (first === undefined) return [];
    const text = formatErrorRecords(this.#held.map(({ record }) => record));
    await this.#store.write(expiredKey(this.#key, first.index), text);
    const written = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return written;
  }
}

/** `<stream>/<folder>/YYYY/MM/dd/HH/<name>` under `expired/`, at the same date, with the place of the first record. */
function expiredKey(key: string, index: number): string {
  return `${key.replace(/^([^/]+)\/[^/]+\//, "$1/expired/")}-${index}`;
}
