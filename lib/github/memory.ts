import type { MetricPoint } from "../point.ts";
import { gauge } from "./points.ts";

/** One small object that survives from tick to tick. */
export interface MemoryStore {
  /** Undefined where nothing was written yet. */
  read(): Promise<string | undefined>;
  write(text: string): Promise<void>;
}

/** The series that were reported, each with when it last had something. */
export type Memory = ReadonlyMap<string, number>;

/** How long a series that has nothing any more is reported as 0. */
const zeroForMs = 24 * 3_600_000;

const version = 1;

/** @throws when the text is no memory of this version. */
export function readMemory(text: string): Memory {
  const parsed: unknown = JSON.parse(text);
  const { version: found, series } = parsed as { readonly version?: unknown; readonly series?: unknown };
  if (found !== version || typeof series !== "object" || series === null) {
    throw new Error(`it is of another version than ${version}`);
  }
  const entries = Object.entries(series).filter(([key, lastSeenMs]) => isEntry(key, lastSeenMs));
  return new Map(entries as [string, number][]);
}

export function writeMemory(memory: Memory): string {
  return JSON.stringify({ version, series: Object.fromEntries(memory) });
}

/** The memory after points were reported: it never forgets a later tick, and drops what is too old to matter. */
export function remember(memory: Memory, points: readonly MetricPoint[], nowMs: number): Memory {
  const later = new Map([...memory].filter(([, lastSeenMs]) => isRecent(lastSeenMs, nowMs)));
  for (const point of points) {
    const key = keyOf(point);
    later.set(key, Math.max(nowMs, later.get(key) ?? 0));
  }
  return later;
}

/** A 0 for each series that is remembered and not among the points, where its repository was collected. */
export function zeros(
  memory: Memory,
  points: readonly MetricPoint[],
  { nowMs, collected }: { readonly nowMs: number; readonly collected: ReadonlySet<string> },
): MetricPoint[] {
  const current = new Set(points.map(keyOf));
  const found: MetricPoint[] = [];
  for (const [key, lastSeenMs] of memory) {
    if (current.has(key) || !isRecent(lastSeenMs, nowMs)) continue;
    const [name = "", ...tags] = JSON.parse(key) as string[];
    if (collected.has(tags[0] ?? "")) found.push(gauge(name, 0, nowMs, tags));
  }
  return found;
}

const isRecent = (lastSeenMs: number, nowMs: number): boolean => lastSeenMs >= nowMs - zeroForMs;

const keyOf = ({ name, tags }: MetricPoint): string => JSON.stringify([name, ...tags]);

function isEntry(key: string, lastSeenMs: unknown): boolean {
  const parts: unknown = key.startsWith("[") ? JSON.parse(key) : undefined;
  return (
    Array.isArray(parts) &&
    parts.length > 1 &&
    parts.every((part) => typeof part === "string" && part !== "") &&
    Number.isFinite(lastSeenMs)
  );
}
