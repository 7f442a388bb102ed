import type { Collected, Collector } from "../collector.ts";
import type { GitHubConfig } from "../config/github.ts";
import type { MetricPoint } from "../point.ts";
import { askAll, type Api, type AskReport } from "./ask.ts";
import { addZeros } from "./add-zeros.ts";
import type { MemoryStore } from "./memory.ts";
import { breakdowns, details, gauge, totals } from "./points.ts";
import { emptiness, emptyOwners, renames, unreadableTeams } from "./remarks.ts";
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
  const failures = round.failures(report.over);
  const repositories = round.collected;
  const series = repositories.flatMap((repository) => breakdowns(repository, nowMs));
  const recalled = await addZeros(series, { memory: parts.memory, visits: round, nowMs });
  const points = [
    ...repositories.flatMap((repository) => totals(repository, nowMs)),
    ...recalled.points,
    ...(config.hasDetail ? repositories.flatMap((repository) => details(repository, nowMs)) : []),
    ...rateLimit(report.remaining, nowMs),
  ];
  return {
    points,
    repositories: repositories.length,
    failures,
    remarks: [...remarksOf(round, report), ...recalled.remarks],
  };
}

function rateLimit(remaining: number | undefined, nowMs: number): MetricPoint[] {
  return remaining === undefined ? [] : [gauge("github.rate_limit.remaining", remaining, nowMs)];
}

function remarksOf(round: Round, { hasTeams }: AskReport): readonly string[] {
  const unscoped =
    "the token may not read teams (scope read:org): requested teams are counted as team:unreadable";
  return [
    ...renames(round),
    ...emptyOwners(round).map(({ subject }) => `${subject}: ${emptiness}`),
    ...unreadableTeams(round),
    ...(hasTeams ? [] : [unscoped]),
  ];
}
