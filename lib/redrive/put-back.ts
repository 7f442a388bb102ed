import { groupCalls, maxCallBytes, maxCallRecords } from "../firehose/pack.ts";
import { maxFruitlessTries, sendCall, waitMs, type Put } from "../firehose/producer.ts";
import { reasonOf } from "../firehose/put-errors.ts";

/** A failed record on its way back, byte for byte as it was put the first time. */
export interface FailedRecord {
  /** Its place in its object. */
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** Firehose does not take records for now, or never will; `cause` says why. */
export class UnputError extends Error {
  override readonly name = "UnputError";
}

/** Records that wait for their call. */
export class PutBack<R extends FailedRecord> {
  readonly #put: Put;
  #waiting: R[] = [];
  #waitingBytes = 0;
  #fruitless = 0;
  #isPauseDue = false;

  /** The signal ends waits; a call that is under way is waited for, since nobody would know what became of it. */
  constructor(put: Put) {
    this.#put = put;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Whether they fill a call. */
  get isFull(): boolean {
    return this.#waiting.length >= maxCallRecords || this.#waitingBytes >= maxCallBytes;
  }

  add(record: R): void {
    this.#waiting.push(record);
    this.#waitingBytes += base64Bytes(record);
  }

  /**
   * Makes one call, and answers what Firehose acknowledged in it; the rest goes first in the next, after a pause.
   * @throws UnputError when sending again does not help, or has not helped for long.
   */
  async call(): Promise<readonly R[]> {
    const { client, stream } = this.#put;
    await this.#pause();
    const [call = []] = groupCalls(this.#waiting);
    const { unsent, failure, isFinal } = await sendCall({ client, stream, signal: neverAborted }, call);
    const left = new Set(unsent);
    this.#waiting = [...unsent, ...this.#waiting.slice(call.length)];
    this.#waitingBytes = this.#waiting.reduce((sum, record) => sum + base64Bytes(record), 0);
    this.#isPauseDue = unsent.length > 0;
    this.#fruitless = unsent.length < call.length ? 0 : this.#fruitless + 1;
    if (this.#fruitless > 0 && (isFinal || this.#fruitless >= maxFruitlessTries)) {
      throw new UnputError(`the stream ${stream} takes nothing: ${reasonOf(failure)}`, { cause: failure });
    }
    return call.filter((record) => !left.has(record));
  }

  async #pause(): Promise<void> {
    const { clock, random, signal } = this.#put;
    if (this.#isPauseDue) await clock.sleep(waitMs(this.#fruitless, random()), signal).catch(() => undefined);
  }
}

const neverAborted = new AbortController().signal;
const base64Bytes = ({ bytes }: FailedRecord): number => Math.ceil(bytes.byteLength / 3) * 4;
