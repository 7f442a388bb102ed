import { abortAfter, type Clock } from "../clock.ts";
import type { ExpiryReason, MetricPoint } from "../point.ts";
import type { Outlet, Route } from "./destination.ts";
import { plan, type Parcel, type Refused } from "./plan.ts";
import { Sender } from "./sender.ts";

/** What became of points: each one is counted exactly once. */
export interface Delivered {
  readonly accepted: number;
  /** Points that travelled within an accepted one of the same series and second. */
  readonly merged: number;
  readonly rejected: readonly Refused[];
  readonly expired: readonly Refused<ExpiryReason>[];
  readonly retry: number;
  /** The service refused the account (401, 403). */
  readonly isUnauthorized: boolean;
  /** Why points have to be sent again; each reason once. */
  readonly problems: readonly string[];
}

/** Requests to one service at a time; more would only meet its rate limit sooner. */
const concurrency = 4;

/** A service that refuses this many points one by one and takes none refuses all: that is no matter of points. */
const probes = 32;

/** Below this many points a refusal of all of them is believed. */
const fewestForMisconfiguration = 10;

/**
 * Sends points to a service until `untilMs`, splitting what is too large and halving what is refused until the
 * culprits are alone. Waits out rate limits. Never rejects: what the time does not suffice for is to be sent again.
 */
export async function deliver(
  points: readonly MetricPoint[],
  outlet: Outlet,
  { clock, untilMs }: { readonly clock: Clock; readonly untilMs: number },
): Promise<Delivered> {
  const nowMs = clock.nowMs();
  const { routes, rejected, expired } = plan(points, outlet.destination, nowMs);
  using deadline = abortAfter(clock, untilMs - nowMs, "the time for this delivery is up");
  const run = new Run(new Sender(outlet, { clock, untilMs, signal: deadline.signal }));
  const stages = Map.groupBy(routes, ([route]) => route.stage);
  for (const stage of [...stages.keys()].toSorted((a, b) => a - b))
    await run.sendAll(stages.get(stage) ?? []);
  return run.sum(rejected, expired);
}

interface Chunk {
  readonly route: Route;
  readonly parcels: readonly Parcel[];
}

/** Keeps the counts of one delivery while its chunks are sent. */
class Run {
  readonly #sender: Sender;
  readonly #rejected: Refused[] = [];
  /** Points that the service refused alone, with its words. */
  readonly #refused: Refused[] = [];
  readonly #problems = new Set<string>();
  #accepted = 0;
  #merged = 0;
  #retry = 0;
  #isUnauthorized = false;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  get isComplete(): boolean {
    return this.#retry === 0;
  }

  /** Leaves points for the next attempt. */
  postpone(routes: readonly (readonly [Route, readonly Parcel[]])[]): void {
    for (const [, parcels] of routes) this.#later(parcels);
  }

  /** Last in, first out: halves of a refused request come before the next request, so that few are open. */
  async sendAll(routes: readonly (readonly [Route, readonly Parcel[]])[]): Promise<void> {
    const stack = routes.flatMap(([route, parcels]) => chunks(route, parcels)).toReversed();
    const running = new Set<Promise<void>>();
    while (stack.length > 0 || running.size > 0) {
      const chunk = running.size < concurrency ? stack.pop() : undefined;
      if (chunk === undefined) {
        await Promise.race(running);
      } else {
        const sent = this.#sendChunk(chunk, stack).finally(() => running.delete(sent));
        running.add(sent);
      }
    }
  }

  sum(rejected: readonly Refused[], expired: readonly Refused<ExpiryReason>[]): Delivered {
    const isMisconfigured = this.#accepted === 0 && this.#refused.length >= fewestForMisconfiguration;
    if (isMisconfigured) this.#problems.add(`every point was refused: ${this.#refused[0]?.detail ?? ""}`);
    return {
      accepted: this.#accepted,
      merged: this.#merged,
      rejected: [...rejected, ...this.#rejected, ...(isMisconfigured ? [] : this.#refused)],
      expired,
      retry: this.#retry + (isMisconfigured ? this.#refused.length : 0),
      isUnauthorized: this.#isUnauthorized,
      problems: [...this.#problems],
    };
  }

  async #sendChunk(chunk: Chunk, stack: Chunk[]): Promise<void> {
    const { route, parcels } = chunk;
    if (this.#isUnauthorized || (this.#accepted === 0 && this.#refused.length >= probes))
      return this.#later(parcels);
    const request = route.encode(parcels.map(({ point }) => point));
    if (request.rawBytes > route.limits.maxRawBytes || request.body.length > route.limits.maxBodyBytes) {
      return this.#divide(chunk, stack, halves, {
        reason: "too-large",
        detail: "it is larger than a request may be",
      });
    }
    const { verdict, detail } = await this.#sender.request(route, request);
    switch (verdict) {
      case "accepted":
        this.#accepted += parcels.length;
        this.#merged += countSources(parcels) - parcels.length;
        return undefined;
      case "refused":
        return this.#divide(chunk, stack, evensAndOdds, { reason: "refused-by-destination", detail });
      case "too-large":
        return this.#divide(chunk, stack, halves, { reason: "too-large", detail });
      case "service-not-found":
        for (const { sources } of parcels) {
          for (const point of sources) this.#rejected.push({ point, reason: "service-not-found", detail });
        }
        return undefined;
      case "unauthorized":
        this.#isUnauthorized = true;
        return this.#later(parcels, detail);
      case "throttled":
      case "retry":
        return this.#later(parcels, detail);
      default:
        return verdict satisfies never;
    }
  }

  /** Puts the parts of a chunk up for sending, or notes the point that is alone to blame. */
  #divide(
    { route, parcels }: Chunk,
    stack: Chunk[],
    cut: typeof halves,
    why: Pick<Refused, "reason" | "detail">,
  ): void {
    const [only] = parcels;
    if (only === undefined) return;
    if (parcels.length > 1) {
      for (const part of cut(parcels).toReversed()) stack.push({ route, parcels: part });
      return;
    }
    const list = why.reason === "refused-by-destination" ? this.#refused : this.#rejected;
    for (const point of only.sources) list.push({ point, ...why });
  }

  #later(parcels: readonly Parcel[], problem?: string): void {
    this.#retry += countSources(parcels);
    if (problem !== undefined) this.#problems.add(problem);
  }
}

function chunks(route: Route, parcels: readonly Parcel[]): Chunk[] {
  const all: Chunk[] = [];
  for (let from = 0; from < parcels.length; from += route.limits.maxPoints) {
    all.push({ route, parcels: parcels.slice(from, from + route.limits.maxPoints) });
  }
  return all;
}

function halves(parcels: readonly Parcel[]): (readonly Parcel[])[] {
  const middle = Math.ceil(parcels.length / 2);
  return [parcels.slice(0, middle), parcels.slice(middle)];
}

/** Halves in which neighbours are apart: the first points found alone are then a sample of all. */
function evensAndOdds(parcels: readonly Parcel[]): (readonly Parcel[])[] {
  return [0, 1].map((rest) => parcels.filter((_, index) => index % 2 === rest));
}

function countSources(parcels: readonly Parcel[]): number {
  let count = 0;
  for (const { sources } of parcels) count += sources.length;
  return count;
}
