import type { DatadogStandIn } from "../support/datadog.ts";
import type { MackerelStandIn } from "../support/mackerel.ts";
import {
  fates,
  firstId,
  kindOf,
  nameAtService,
  pointsPerRecord,
  recordOf,
  timeOf,
  type Fate,
} from "./points.ts";
import type { Production } from "./produce.ts";

const bits: Readonly<Record<Fate, number>> = { delivered: 1, rejected: 2, expired: 4 };

/** Where every identity was found. */
export interface Account {
  /** How many identities are in each set. */
  readonly found: Readonly<Record<Fate, number>>;
  readonly acknowledged: number;
  /** Acknowledged, and in no set: lost. */
  readonly missing: readonly number[];
  /** In more than one set. */
  readonly twice: readonly number[];
  /** In another set than the one that fits what was put. */
  readonly misplaced: readonly number[];
  /** What a service shows that nobody put, or with another value, name or time in the end. */
  readonly strange: readonly string[];
  /** Points that came to a service again. */
  readonly resent: number;
}

interface Stored {
  readonly name: string;
  readonly time: number;
  readonly value: number;
}

/** Keeps, by identity, the last that a service was told of it: a later write overwrites an earlier one. */
export class Accounts {
  readonly #production: Production;
  readonly #sets: Uint8Array;
  readonly #strange = new Map<string, string>();
  #resent = 0;

  constructor(production: Production) {
    this.#production = production;
    this.#sets = new Uint8Array(production.records * pointsPerRecord);
  }

  /** Notes all that a service stored, in the order it came. */
  addService(points: Iterable<Stored>): void {
    for (const point of points) {
      const key = `${point.name} ${point.time}`;
      if (!this.#isAsPut(point)) this.#strange.set(key, `${key} ${point.value}`);
      else {
        this.#strange.delete(key);
        if (this.#mark(point.value, "delivered")) this.#resent++;
      }
    }
  }

  addKept(fate: Fate, ids: Iterable<number>): void {
    for (const id of ids) {
      if (this.#sets[id - firstId] === undefined) this.#strange.set(String(id), `${id} in ${fate}`);
      else this.#mark(id, fate);
    }
  }

  close(): Account {
    const found = { delivered: 0, rejected: 0, expired: 0 };
    const [missing, twice, misplaced]: [number[], number[], number[]] = [[], [], []];
    let acknowledged = 0;
    for (const [at, set] of this.#sets.entries()) {
      const id = firstId + at;
      const isAcknowledged = this.#production.acknowledged[recordOf(id)] === 1;
      if (isAcknowledged) acknowledged++;
      for (const fate of ["delivered", "rejected", "expired"] as const)
        if ((set & bits[fate]) !== 0) found[fate]++;
      if (set === 0 && isAcknowledged) missing.push(id);
      else if (set !== 0 && !Object.values(bits).includes(set)) twice.push(id);
      else if (set !== 0 && set !== bits[fates[kindOf(id)]]) misplaced.push(id);
    }
    const strange = [...this.#strange.values()];
    return { found, acknowledged, missing, twice, misplaced, strange, resent: this.#resent };
  }

  /** The value is the identity: name and time have to be those that belong to it. */
  #isAsPut({ name, time, value }: Stored): boolean {
    if (this.#sets[value - firstId] === undefined) return false;
    return (
      name === nameAtService(value) && time === timeOf(value, this.#production.times[recordOf(value)] ?? 0)
    );
  }

  /** Whether it was marked so before. */
  #mark(id: number, fate: Fate): boolean {
    const before = this.#sets[id - firstId] ?? 0;
    this.#sets[id - firstId] = before | bits[fate];
    return (before & bits[fate]) !== 0;
  }
}

export function* datadogPoints(datadog: DatadogStandIn): Generator<Stored> {
  for (const { metric, timestamp, value } of datadog.points()) yield { name: metric, time: timestamp, value };
}

export const mackerelPoints = (mackerel: MackerelStandIn): Iterable<Stored> => mackerel.points();
