import type { Collected } from "../../lib/collector.ts";
import { systemClock, type Clock } from "../../lib/clock.ts";
import type { GitHubConfig } from "../../lib/config.ts";
import { createGitHubCollector } from "../../lib/github/collector.ts";
import { GitHubApi } from "../../lib/github/github-api.ts";
import type { MemoryStore } from "../../lib/github/memory.ts";
import { sendInTime } from "../../lib/github/send-in-time.ts";
import type { MetricPoint } from "../../lib/point.ts";
import { SkippingClock } from "./clock.ts";
import { githubToken, startGitHub, type GitHubOptions, type GitHubStandIn } from "./github.ts";

export interface CollectOptions extends GitHubOptions {
  readonly config?: Partial<GitHubConfig>;
  readonly memory?: TextMemory;
  readonly clock?: Clock;
  /** After the API's address, as on GitHub Enterprise Server. */
  readonly apiPath?: string;
}

export interface TestCollector extends AsyncDisposable {
  readonly github: GitHubStandIn;
  readonly clock: SkippingClock;
  readonly memory: TextMemory;
  collect(now?: Date, signal?: AbortSignal): Promise<Collected>;
}

/** The minute at which tests collect, and a moment in it. */
export const tickMs = Date.parse("2026-03-04T05:05:00.000Z");
export const tick = new Date(tickMs + 42_123);

/** A memory that is a variable. */
export class TextMemory implements MemoryStore {
  text: string | undefined;

  constructor(text?: string) {
    this.text = text;
  }

  read(): Promise<string | undefined> {
    return Promise.resolve(this.text);
  }

  write(text: string): Promise<void> {
    this.text = text;
    return Promise.resolve();
  }
}

/** A collector of a stand-in GitHub; waits take no time. All of the model's repositories unless told otherwise. */
export async function startCollector(options: CollectOptions): Promise<TestCollector> {
  const github = await startGitHub(options);
  const clock = options.clock instanceof SkippingClock ? options.clock : new SkippingClock(Date.now());
  const memory = options.memory ?? new TextMemory('{"version":1,"series":{}}');
  const config: GitHubConfig = {
    repositories: options.model.repositories.map(({ owner, name }) => `${owner}/${name}`),
    signIn: { kind: "token", token: githubToken },
    apiUrl: `${github.url}${options.apiPath ?? ""}`,
    hasDetail: false,
    ...options.config,
  };
  const api = new GitHubApi({
    config,
    clock: options.clock ?? clock,
    fetch: sendInTime(globalThis.fetch, systemClock),
    retryUnitMs: 0,
  });
  const collector = createGitHubCollector({ config, api, memory });
  return {
    github,
    clock,
    memory,
    collect: (now = tick, signal = new AbortController().signal) => collector.collect(now, signal),
    [Symbol.asyncDispose]: () => github[Symbol.asyncDispose](),
  };
}

/** `name tag,tag value`, sorted, so that points compare as sets. */
export function linesOf(points: readonly MetricPoint[]): string[] {
  return points.map(({ name, tags, value }) => `${[name, ...tags].join(" ")} = ${value}`).toSorted();
}
