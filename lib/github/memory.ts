import type { MetricPoint } from "../point.ts";
import type { Fate, Names } from "./fate.ts";
import { gauge, totals } from "./points.ts";

/** One small object that survives from tick to tick. */
export interface MemoryStore {
  /** Undefined where nothing was written yet. */
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

export interface Memory {
  /** The series that were reported, each with when it last had something. */
  readonly series: ReadonlyMap<string, number>;
  readonly names: Names;
}

export const emptyMemory: Memory = { series: new Map(), names: new Map() };

/** How long a series that has nothing any more is reported as 0. */
const zeroForMs = 24 * 3_600_000;

const version = 1;

/** @throws when the text is no memory of this version. */
export function readMemory(text: string): Memory {
  const parsed = JSON.parse(text) as {
    readonly version?: unknown;
    readonly series?: unknown;
    readonly names?: unknown;
  };
  const { version: found, series, names } = parsed;
  if (found !== version || typeof series !== "object" || series === null) {
    throw new Error(`it is of another version than ${version}`);
  }
  const entries = Object.entries(series).filter(([key, lastSeenMs]) => isEntry(key, lastSeenMs));
  const named = Object.entries(names ?? {}).filter(([, name]) => typeof name === "string");
  return { series: new Map(entries as [string, number][]), names: new Map(named as [string, string][]) };
}

export function writeMemory({ series, names }: Memory): string {
  return JSON.stringify({
    version,
    series: Object.fromEntries(series),
    ...(names.size > 0 && { names: Object.fromEntries(names) }),
  });
}

/** The series after points were reported: it never forgets a later tick, and drops what is too old to matter. */
export function remember(
  series: Memory["series"],
  points: readonly MetricPoint[],
  nowMs: number,
): Memory["series"] {
  const later = new Map([...series].filter(([, lastSeenMs]) => isRecent(lastSeenMs, nowMs)));
  for (const point of points) {
    const key = keyOf(point);
    later.set(key, Math.max(nowMs, later.get(key) ?? 0));
  }
  return later;
}

interface Present {
  readonly nowMs: number;
  readonly fateOf: (fullName: string) => Fate;
}

/**
 * A 0 for each series that is remembered and not among the points, where its repository was collected or is gone; of
 * one that is gone the totals are 0 too. A repository without such series had nothing open, and said so.
 */
export function zeros(
  series: Memory["series"],
  points: readonly MetricPoint[],
  { nowMs, fateOf }: Present,
): MetricPoint[] {
  const current = new Set(points.map(keyOf));
  const found: MetricPoint[] = [];
  const gone = new Set<string>();
  for (const [key, lastSeenMs] of series) {
    if (current.has(key) || !isRecent(lastSeenMs, nowMs)) continue;
    const [name = "", ...tags] = JSON.parse(key) as string[];
    const repository = tags[0]?.slice(repositoryKey.length) ?? "";
    const fate = fateOf(repository);
    if (fate === "unknown") continue;
    found.push(gauge(name, 0, nowMs, tags));
    if (fate === "gone") gone.add(repository);
  }
  const empty = [...gone].map((name) => ({ name, pullRequests: [], issues: [] }));
  return [...empty.flatMap((repository) => totals(repository, nowMs)), ...found];
}

/** The first tag of every series that is remembered. */
const repositoryKey = "repository:";

const isRecent = (lastSeenMs: number, nowMs: number): boolean => lastSeenMs >= nowMs - zeroForMs;

const keyOf = ({ name, tags }: MetricPoint): string => JSON.stringify([name, ...tags]);

function isEntry(key: string, lastSeenMs: unknown): boolean {
  const parts: unknown = key.startsWith("[") ? JSON.parse(key) : undefined;
  return (
    Array.isArray(parts) &&
    parts.length > 1 &&
    parts.every((part) => typeof part === "string" && part !== "") &&
    String(parts[1]).startsWith(repositoryKey) &&
    Number.isFinite(lastSeenMs)
  );
}
