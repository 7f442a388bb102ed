import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import type { BufferingHints } from "../../lib/config.ts";
import type { DeliveryStream } from "./attempt-delivery.ts";
import { diskRetryMs, seeThrough, sleepIn, tryDisk, type Run } from "./delivery-run.ts";
import type { Uncut } from "./stored.ts";

/** Source: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html */
const maxRecords = 10_000;

const maxAttemptsInFlight = 4;

/** Deliveries in work at one time; what comes while so many wait stays uncut, and makes larger ones. */
const maxOpenDeliveries = 10_000;

/** What the streams of a host share. */
export type DeliveryParts = Omit<Run, "stream" | "inSlot" | "stopping" | "cancelling">;

/** Cuts the records of one stream into deliveries and sees each through, as Firehose does. */
export class StreamDelivery {
  readonly #run: Run;
  readonly #enoughBytes: number;
  readonly #intervalMs: number;
  readonly #open = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #cancelling = new AbortController();
  #isLookPlanned = false;
  #isDiskFailing = false;

  constructor(stream: DeliveryStream, parts: DeliveryParts, hints: BufferingHints) {
    const [stopping, cancelling] = [this.#stopping.signal, this.#cancelling.signal];
    this.#run = { ...parts, stream, inSlot: pLimit(maxAttemptsInFlight), stopping, cancelling };
    this.#enoughBytes = hints.mebibytes * 1_048_576;
    this.#intervalMs = hints.seconds * 1000;
  }

  /** Takes up what an earlier process left, under the request ids it had. */
  start(): void {
    for (const { delivery, progress } of this.#run.buffer.open(this.#run.stream.name)) {
      this.#track(seeThrough(delivery, progress, this.#run));
    }
    this.look();
  }

  /** To be called when records were put: cuts deliveries as soon as the buffering hints say. */
  look(): void {
    while (!this.#isDiskFailing && !this.#stopping.signal.aborted && this.#open.size < maxOpenDeliveries) {
      const uncut = this.#run.buffer.uncut(this.#run.stream.name);
      if (uncut === undefined) return;
      const waitMs = this.#untilDueMs(uncut);
      if (waitMs > 0) return void this.#lookIn(waitMs);
      this.#cut();
    }
  }

  /** Begins no new attempt; resolves when those in flight have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#open);
  }

  /** Breaks off the attempts in flight; after the next start they are made again. */
  cancel(): void {
    this.#cancelling.abort();
  }

  #untilDueMs({ records, bytes, oldestArrivalMs }: Uncut): number {
    if (bytes >= this.#enoughBytes || records >= maxRecords) return 0;
    const ageMs = this.#run.clock.nowMs() - oldestArrivalMs;
    // A clock that was set back must not make records wait for it.
    return ageMs < 0 ? 0 : this.#intervalMs - ageMs;
  }

  async #lookIn(ms: number): Promise<void> {
    if (this.#isLookPlanned) return;
    this.#isLookPlanned = true;
    await sleepIn(this.#run, ms);
    this.#isLookPlanned = false;
    this.look();
  }

  #cut(): void {
    const { buffer, stream } = this.#run;
    const limits = { enoughBytes: this.#enoughBytes, maxRecords };
    const isCut = tryDisk(this.#run, () => {
      const delivery = buffer.cut(stream.name, randomUUID(), limits);
      this.#track(seeThrough(delivery, { attempts: 0, firstFailureMs: undefined, waitedMs: 0 }, this.#run));
    });
    if (!isCut) void this.#lookAfterDiskFailure();
  }

  async #lookAfterDiskFailure(): Promise<void> {
    this.#isDiskFailing = true;
    await sleepIn(this.#run, diskRetryMs);
    this.#isDiskFailing = false;
    this.look();
  }

  #track(delivering: Promise<void>): void {
    this.#open.add(delivering);
    void delivering.finally(() => {
      this.#open.delete(delivering);
      this.look();
    });
  }
}
