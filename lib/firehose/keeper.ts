import type { Clock } from "../clock.ts";
import type { Refusals } from "../destinations/deliver.ts";
import type { Backup } from "../store/store.ts";
import type { DecodedDelivery } from "./decode-delivery.ts";
import { keptKey, keptObject, keptPoints, type Kept, type KeptFolder, type Origin } from "./kept.ts";

/** Keeps what one delivery cannot deliver, always under the same keys. */
export class Keeper {
  readonly #backup: Backup;
  readonly #clock: Clock;
  readonly #origin: Omit<Origin, "nowMs">;
  readonly #decoded: DecodedDelivery;
  #keptParts = 0;

  constructor(
    { backup, clock }: { readonly backup: Backup; readonly clock: Clock },
    origin: Omit<Origin, "nowMs">,
    decoded: DecodedDelivery,
  ) {
    this.#backup = backup;
    this.#clock = clock;
    this.#origin = origin;
    this.#decoded = decoded;
  }

  /** Resolves when all that was refused so far is safe, and with why not where it is not; never rejects. */
  async keep({ rejected, expired }: Refusals): Promise<string | undefined> {
    const parts = this.#decoded.rejected.length + rejected.length + expired.length;
    if (parts === this.#keptParts) return undefined;
    const recordOf = this.#decoded.recordOf();
    const folders: Record<KeptFolder, readonly Kept[]> = {
      rejected: [...this.#decoded.rejected, ...keptPoints(rejected, recordOf)],
      expired: keptPoints(expired, recordOf),
    };
    try {
      for (const folder of ["rejected", "expired"] as const) await this.#write(folder, folders[folder]);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? String(error.code) : "no reason given";
      return `Refused points could not be kept: ${code}`;
    }
    this.#keptParts = parts;
    return undefined;
  }

  async #write(folder: KeptFolder, kept: readonly Kept[]): Promise<void> {
    if (kept.length === 0) return;
    const origin = { ...this.#origin, nowMs: this.#clock.nowMs() };
    await this.#backup.write(keptKey(folder, origin), keptObject(kept, origin));
  }
}
