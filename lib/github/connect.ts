import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Collector } from "../collector.ts";
import { ConfigError, type Config } from "../config.ts";
import { createGitHubCollector, type GitHubCollectorParts } from "./collector.ts";
import { folderStore } from "../store/folder-store.ts";
import { GitHubApi } from "./github-api.ts";
import type { MemoryStore } from "./memory.ts";
import { sendInTime, type Fetch } from "./send-in-time.ts";
import { storedMemory } from "./stored-memory.ts";

export interface ConnectParts extends Pick<GitHubCollectorParts, "onProgress" | "memory"> {
  readonly clock: Clock;
  readonly fetch: Fetch;
}

/**
 * The collector of a configuration, signed in as it says.
 * @throws ConfigError where no repositories are configured.
 */
export function connectGitHub({ github }: Config, { clock, fetch, ...parts }: ConnectParts): Collector {
  if (github === undefined) {
    throw new ConfigError(["GITHUB_REPOSITORIES must name the repositories to collect; it is not set"]);
  }
  const api = new GitHubApi({ config: github, clock, fetch: sendInTime(fetch, clock) });
  return createGitHubCollector({ config: github, api, ...parts });
}

/** Where the series of earlier ticks are kept on this machine. */
export const memoryOf = ({ dataDir }: Config): MemoryStore =>
  storedMemory(folderStore(join(dataDir, "memory")), "github-series.json");
