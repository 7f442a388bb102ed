import type { MetricPoint } from "./point.ts";

/** Something that could not be collected this time, and why, with what to do about it. */
export interface Failure {
  /** A repository, or what else was asked for. */
  readonly subject: string;
  readonly reason: string;
}

export interface Collected {
  /** Of what was collected as a whole; nothing else has points. */
  readonly points: readonly MetricPoint[];
  /** How many repositories were collected as a whole. */
  readonly repositories: number;
  readonly failures: readonly Failure[];
  /** What somebody should know, though nothing failed. */
  readonly remarks: readonly string[];
}

/** A source of points that is asked at each tick of the schedule. */
export interface Collector {
  readonly name: string;
  /**
   * Points of the moment `now`; never rejects for trouble with a service, but names it. When the signal aborts, what
   * is complete by then is all there is.
   */
  collect(now: Date, signal: AbortSignal): Promise<Collected>;
}
