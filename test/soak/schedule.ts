import type { Fault, Faults } from "../support/faults.ts";

/** A stretch of time in which requests to the services meet trouble. */
export interface Phase {
  readonly name: string;
  /** In units: how long one is, a run decides. */
  readonly units: number;
  readonly faults?: readonly Fault[];
  /** Of the requests, how many meet one. */
  readonly share?: number;
  /** The host is killed at its start, and started again. */
  readonly isKill?: boolean;
}

const status = (code: number, more: Partial<Fault> = {}): Fault =>
  ({ kind: "status", status: code, ...more }) as Fault;

/** Every trouble that services and networks are known for; the last phase is a calm one. */
export const schedule: readonly Phase[] = [
  { name: "calm", units: 1 },
  {
    name: "429 with Retry-After",
    units: 1,
    share: 0.5,
    faults: [status(429, { headers: { "retry-after": "1" } })],
  },
  { name: "429 without", units: 1, share: 0.3, faults: [status(429)] },
  { name: "a kill in calm", units: 1, isKill: true },
  {
    name: "5xx, recorded or not",
    units: 1,
    share: 0.6,
    faults: [status(500), status(503), status(502, { when: "after" })],
  },
  { name: "resets", units: 1, share: 0.5, faults: [{ kind: "reset" }, { kind: "reset", when: "after" }] },
  { name: "403 for a while", units: 4, share: 1, faults: [status(403)] },
  { name: "slow answers", units: 1, share: 0.7, faults: [{ kind: "slow", ms: 300 }] },
  {
    name: "truncated answers",
    units: 1,
    share: 0.5,
    faults: [{ kind: "truncated" }, { kind: "truncated", when: "after" }],
  },
  {
    name: "wrong bodies",
    units: 1,
    share: 0.5,
    faults: [{ kind: "wrong-body" }, { kind: "wrong-body", when: "after" }],
  },
  { name: "a service that is gone", units: 1, share: 0.6, faults: [status(404), status(408)] },
  {
    name: "no answers",
    units: 1,
    share: 0.2,
    faults: [{ kind: "hang" }, { kind: "hang", when: "after" }],
  },
  { name: "a kill in trouble", units: 1, isKill: true, share: 0.3, faults: [status(503)] },
  { name: "calm again", units: 1 },
];

export interface Trouble {
  readonly faults: Faults;
  /** The phase of a moment; undefined when all is over. */
  phase(): Phase | undefined;
  /** No more of it. */
  end(): void;
}

/** Plays a schedule from now on. */
export function playSchedule(
  phases: readonly Phase[],
  unitMs: number,
  random: () => number,
): Trouble & { readonly durationMs: number } {
  const startMs = performance.now();
  const ends = phases.map((_, at) => phases.slice(0, at + 1).reduce((sum, { units }) => sum + units, 0));
  let isOver = false;
  const phase = (): Phase | undefined => {
    const units = (performance.now() - startMs) / unitMs;
    return isOver ? undefined : phases[ends.findIndex((end) => units < end)];
  };
  return {
    phase,
    durationMs: (ends.at(-1) ?? 0) * unitMs,
    end() {
      isOver = true;
    },
    faults() {
      const { faults = [], share = 0 } = phase() ?? {};
      return random() < share ? faults[Math.floor(random() * faults.length)] : undefined;
    },
  };
}
