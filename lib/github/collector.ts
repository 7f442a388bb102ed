import type { Collected, Collector } from "../collector.ts";
import type { GitHubConfig } from "../config/github.ts";
import type { MetricPoint } from "../point.ts";
import { askAll, type Api, type AskReport } from "./ask.ts";
import { readMemory, remember, writeMemory, zeros, type Memory, type MemoryStore } from "./memory.ts";
import { breakdowns, details, gauge, totals } from "./points.ts";
import { Round, type Progress } from "./round.ts";

export interface GitHubCollectorParts {
  readonly config: Pick<GitHubConfig, "repositories" | "hasDetail">;
  readonly api: Api;
  readonly memory: MemoryStore;
  readonly onProgress?: (progress: Progress) => void;
}

/** Collects open pull requests and issues of GitHub's repositories. */
export function createGitHubCollector(parts: GitHubCollectorParts): Collector {
  return { name: "github", collect: (now, signal) => collect(parts, now, signal) };
}

const minuteMs = 60_000;

async function collect(parts: GitHubCollectorParts, now: Date, signal: AbortSignal): Promise<Collected> {
  const { config, api, onProgress } = parts;
  const nowMs = Math.floor(now.getTime() / minuteMs) * minuteMs;
  const round = new Round(config.repositories);
  const report = await askAll(round.questions, {
    api,
    signal,
    onProgress: () => onProgress?.(round.progress),
  });
  const repositories = round.collected;
  const series = repositories.flatMap((repository) => breakdowns(repository, nowMs));
  const remembered = await withZeros(series, repositories, { memory: parts.memory, nowMs });
  const points = [
    ...repositories.flatMap((repository) => totals(repository, nowMs)),
    ...remembered.points,
    ...(config.hasDetail ? repositories.flatMap((repository) => details(repository, nowMs)) : []),
    ...rateLimit(report.remaining, nowMs),
  ];
  return {
    points,
    repositories: repositories.length,
    failures: round.failures(report.over),
    remarks: [...round.remarks, ...remarksOf(report), ...remembered.remarks],
  };
}

interface Remembered {
  readonly points: readonly MetricPoint[];
  readonly remarks: readonly string[];
}

/** The points with zeros for what is gone, and the memory brought up to date; without a memory only zeros are lost. */
async function withZeros(
  series: readonly MetricPoint[],
  repositories: readonly { readonly name: string }[],
  { memory, nowMs }: { readonly memory: MemoryStore; readonly nowMs: number },
): Promise<Remembered> {
  const { earlier, remarks } = await recall(memory);
  const collected = new Set(repositories.map(({ name }) => `repository:${name}`));
  const points = [...series, ...zeros(earlier, series, { nowMs, collected })];
  try {
    await memory.write(writeMemory(remember(earlier, series, nowMs)));
    return { points, remarks };
  } catch (error) {
    return {
      points,
      remarks: [...remarks, `the series of this tick could not be kept: ${messageOf(error)}`],
    };
  }
}

interface Recalled {
  readonly earlier: Memory;
  readonly remarks: readonly string[];
}

async function recall(memory: MemoryStore): Promise<Recalled> {
  try {
    const text = await memory.read();
    if (text === undefined)
      return nothingRecalled("no series of earlier ticks are kept yet, or they were lost");
    return { earlier: readMemory(text), remarks: [] };
  } catch (error) {
    return nothingRecalled(`the series of earlier ticks cannot be read (${messageOf(error)})`);
  }
}

function nothingRecalled(why: string): Recalled {
  return { earlier: new Map(), remarks: [`${why}: this time nothing that is gone is reported as 0`] };
}

function rateLimit(remaining: number | undefined, nowMs: number): MetricPoint[] {
  return remaining === undefined ? [] : [gauge("github.rate_limit.remaining", remaining, nowMs)];
}

function remarksOf({ hasTeams }: AskReport): readonly string[] {
  if (hasTeams) return [];
  return ["the token may not read teams (scope read:org): requested teams are counted as team:unreadable"];
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
