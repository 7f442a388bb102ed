import { abortAfter, type Clock } from "../clock.ts";
import type { ExpiryReason, MetricPoint } from "../point.ts";
import { cutIntoChunks, divide, halves, scattered, type Chunk } from "./chunk.ts";
import type { Destination, Outlet, Route } from "./destination.ts";
import { plan, type Refused } from "./plan.ts";
import { Sender } from "./sender.ts";

/** What never will be delivered. */
export interface Refusals {
  readonly rejected: readonly Refused[];
  readonly expired: readonly Refused<ExpiryReason>[];
}

/** What became of points: each one is counted exactly once. */
export interface Delivered extends Refusals {
  readonly accepted: number;
  /** Points that travelled within an accepted one of the same series and second. */
  readonly merged: number;
  readonly retry: number;
  /** The service refused the account (401, 403). */
  readonly isUnauthorized: boolean;
  /** Why points have to be sent again; each reason once. */
  readonly problems: readonly string[];
}

/** Requests to one service at a time; more would only meet its rate limit sooner. */
const concurrency = 4;

/**
 * A service that refuses this many points one by one, a sample of all, and takes none is taken to refuse all: that is
 * no matter of points, and to ask about thousands would end in its rate limit.
 */
const probes = 512;

/** Below this many points a refusal of all of them is believed. */
const fewestForMisconfiguration = 10;

export interface DeliverParts {
  readonly clock: Clock;
  readonly untilMs: number;
  /** Resolves when refused points are safe, with why not where they are not. */
  readonly keep?: ((refusals: Refusals) => Promise<string | undefined>) | undefined;
}

/**
 * Sends points to a service until `untilMs`, splitting what is too large and halving what is refused until the
 * culprits are alone. Waits out rate limits. Never rejects: what the time does not suffice for is to be sent again.
 * What would add up when it is sent again goes last, one request at a time, when nothing else has to come again.
 */
export async function deliver(
  points: readonly MetricPoint[],
  outlet: Outlet,
  { clock, untilMs, keep }: DeliverParts,
): Promise<Delivered> {
  const nowMs = clock.nowMs();
  const { routes, merged, rejected, expired } = plan(points, outlet.destination, nowMs);
  using deadline = abortAfter(clock, untilMs - nowMs, "the time for this delivery is up");
  const sender = new Sender(outlet, { clock, untilMs, signal: deadline.signal });
  const run = new Run(outlet.destination, { sender, merged, clock });
  const chunks = [...routes].flatMap(([route, all]) => cutIntoChunks(route, all));
  const last = chunks.filter(({ route }) => route.addsUp);
  await run.sendAll(chunks.filter(({ route }) => !route.addsUp));
  if (last.length > 0) {
    const soFar = run.sum(rejected, expired);
    const problem = soFar.retry === 0 ? await keep?.(soFar) : undefined;
    if (soFar.retry === 0 && problem === undefined) await run.sendAll(last);
    else run.postpone(last, problem);
  }
  return run.sum(rejected, expired);
}

/** Points that waited longer may have left their service's window. */
const maxWaitMs = 1_000;

interface RunParts {
  readonly sender: Sender;
  readonly merged: ReadonlyMap<MetricPoint, readonly MetricPoint[]>;
  readonly clock: Clock;
}

/** Keeps the counts of one delivery while its chunks are sent. */
class Run {
  readonly #destination: Destination;
  readonly #sender: Sender;
  readonly #merged: ReadonlyMap<MetricPoint, readonly MetricPoint[]>;
  readonly #clock: Clock;
  readonly #startMs: number;
  readonly #rejected: Refused[] = [];
  readonly #expired: Refused<ExpiryReason>[] = [];
  /** Points that the service refused alone (400, 413), with its words. */
  readonly #refused: Refused[] = [];
  readonly #problems = new Set<string>();
  #accepted = 0;
  #acceptedWithin = 0;
  #refusedAlone = 0;
  #retry = 0;
  #isUnauthorized = false;

  constructor(destination: Destination, { sender, merged, clock }: RunParts) {
    this.#destination = destination;
    this.#sender = sender;
    this.#merged = merged;
    this.#clock = clock;
    this.#startMs = clock.nowMs();
  }

  /** Leaves points for the next attempt. */
  postpone(chunks: readonly Chunk[], problem?: string): void {
    for (const { points } of chunks) this.#later(points, problem);
  }

  /** Every chunk is tried whole before the parts of any; of the parts the last come first, so that few wait. */
  async sendAll(chunks: readonly Chunk[]): Promise<void> {
    const whole = chunks.toReversed();
    const parts: Chunk[] = [];
    const running = new Set<Promise<void>>();
    for (;;) {
      const next = whole.at(-1) ?? parts.at(-1);
      if (next !== undefined && running.size < (next.route.addsUp ? 1 : concurrency)) {
        if (whole.pop() === undefined) parts.pop();
        const sent = this.#sendChunk(next, parts).finally(() => running.delete(sent));
        running.add(sent);
      } else if (running.size > 0) await Promise.race(running);
      else return;
    }
  }

  sum(rejected: readonly Refused[], expired: readonly Refused<ExpiryReason>[]): Delivered {
    const isMisconfigured = this.#accepted === 0 && this.#refusedAlone >= fewestForMisconfiguration;
    if (isMisconfigured) this.#problems.add(`every point was refused: ${this.#refused[0]?.detail ?? ""}`);
    return {
      accepted: this.#accepted,
      merged: this.#acceptedWithin,
      rejected: [...rejected, ...this.#rejected, ...(isMisconfigured ? [] : this.#refused)],
      expired: [...expired, ...this.#expired],
      retry: this.#retry + (isMisconfigured ? this.#refused.length : 0),
      isUnauthorized: this.#isUnauthorized,
      problems: [...this.#problems],
    };
  }

  async #sendChunk(waiting: Chunk, stack: Chunk[]): Promise<void> {
    const { route } = waiting;
    const problem = await this.#sender.waitForPause();
    if (problem !== undefined || this.#isHopeless(route)) return this.#later(waiting.points, problem);
    const points = this.#inTime(waiting.points);
    if (points.length === 0) return undefined;
    const chunk = { route, points };
    const request = route.encode(points);
    if (request.rawBytes > route.limits.maxRawBytes || request.body.length > route.limits.maxBodyBytes) {
      if (points.length > 1) return divide(chunk, stack, halves);
      return this.#refuse(points, this.#rejected, {
        reason: "too-large",
        detail: "no request may be as large",
      });
    }
    const { verdict, detail } = await this.#sender.request(route, request);
    switch (verdict) {
      case "accepted":
        this.#accepted += points.length;
        this.#acceptedWithin += this.#sources(points).length - points.length;
        return undefined;
      case "refused":
        if (points.length > 1) return divide(chunk, stack, scattered);
        this.#refusedAlone++;
        return this.#refuse(points, this.#refused, { reason: "refused-by-destination", detail: detail() });
      case "too-large":
        if (points.length > 1) return divide(chunk, stack, halves);
        this.#refusedAlone++;
        return this.#refuse(points, this.#refused, { reason: "too-large", detail: detail() });
      case "service-not-found":
        return this.#refuse(points, this.#rejected, { reason: verdict, detail: detail() });
      case "unauthorized":
        this.#isUnauthorized = true;
        return this.#later(points, detail());
      case "throttled":
        if (this.#sender.isHeldBack) return this.#later(points, detail());
        stack.push(chunk);
        return undefined;
      case "retry":
        return this.#later(points, detail());
      default:
        return verdict satisfies never;
    }
  }

  /** The points that the service still takes; it would drop the others without a word. */
  #inTime(points: readonly MetricPoint[]): readonly MetricPoint[] {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#startMs < maxWaitMs) return points;
    return points.filter((point) => {
      const placement = this.#destination.place(point, nowMs);
      if (placement.kind !== "expired") return true;
      const { reason, detail } = placement;
      for (const source of this.#sources([point])) this.#expired.push({ point: source, reason, detail });
      return false;
    });
  }

  #isHopeless(route: Route): boolean {
    if (route.addsUp && this.#retry > 0) return true;
    return this.#isUnauthorized || (this.#accepted === 0 && this.#refusedAlone >= probes);
  }

  #refuse(points: readonly MetricPoint[], list: Refused[], why: Omit<Refused, "point">): void {
    for (const point of this.#sources(points)) list.push({ point, ...why });
  }

  #later(points: readonly MetricPoint[], problem?: string): void {
    this.#retry += this.#sources(points).length;
    if (problem !== undefined) this.#problems.add(problem);
  }

  /** The points that these stand for. */
  #sources(points: readonly MetricPoint[]): readonly MetricPoint[] {
    if (this.#merged.size === 0) return points;
    return points.flatMap((point) => this.#merged.get(point) ?? point);
  }
}
