import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readConfig, streamsOf, type Config } from "../../lib/config.ts";
import { outletsOf } from "../../lib/destinations/index.ts";
import { folderStore } from "../../lib/store/folder-store.ts";
import { createEndpoint } from "../../lib/firehose/endpoint.ts";
import { systemClock } from "../../lib/clock.ts";
import { createSend } from "../../lib/send.ts";
import { startDatadog, type DatadogStandIn } from "./datadog.ts";
import { githubToken, startGitHub, type GitHubStandIn } from "./github.ts";
import type { GitHubModel } from "./github-model.ts";
import { startTestHost, type TestHost } from "./host.ts";
import { startMackerel, type MackerelStandIn } from "./mackerel.ts";
import { until } from "./until.ts";

export interface TickHost extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly config: Config;
  readonly host: TestHost;
  readonly github: GitHubStandIn;
  readonly mackerel: MackerelStandIn;
  readonly datadog: DatadogStandIn;
  /** Resolves when as many ticks have arrived at both services; the values of a series there, in order of time. */
  values(
    metric: string,
    tags: readonly string[],
    ticks: number,
  ): Promise<Record<"datadog" | "mackerel", number[]>>;
}

/** The whole of it: a stand-in GitHub, the local host with the real endpoint, and both services. */
export async function startTickHost(
  model: GitHubModel,
  more: Readonly<Record<string, string>> = {},
): Promise<TickHost> {
  await using opening = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "hydrant-tick-"));
  opening.defer(() => rm(dataDir, { recursive: true }));
  const github = opening.use(await startGitHub({ model, points: 5_000 }));
  const mackerel = opening.use(await startMackerel({ apiKey: "mk", services: ["shop"] }));
  const datadog = opening.use(await startDatadog({ apiKey: "dk" }));
  const env = {
    GITHUB_REPOSITORIES: model.repositories.map(({ owner, name }) => `${owner}/${name}`).join(","),
    GITHUB_TOKEN: githubToken,
    GITHUB_API_URL: github.url,
    DATADOG_API_KEY: "dk",
    DATADOG_API_URL: datadog.url,
    MACKEREL_API_KEY: "mk",
    MACKEREL_API_URL: mackerel.url,
    MACKEREL_SERVICE: "shop",
    HYDRANT_ACCESS_KEYS: "ak",
    HYDRANT_DATA_DIR: dataDir,
    ...more,
  };
  const config = readConfig(env);
  const endpoint = createEndpoint({
    accessKeys: config.accessKeys,
    outlets: outletsOf(config, createSend()),
    backup: folderStore(join(dataDir, "backup")),
    clock: systemClock,
    report: () => undefined,
  });
  const streams = streamsOf(config).map(({ name, destination }) => ({
    name,
    url: `/${destination}`,
    accessKey: "ak",
  }));
  const host = opening.use(await startTestHost({ streams, endpoint, dataDir }));
  const open = opening.move();
  const values: TickHost["values"] = async (metric, tags, ticks) => {
    const mackerelName = [
      metric,
      ...tags.map((tag) => tag.slice(tag.indexOf(":") + 1).replace("/", "-")),
    ].join(".");
    const heartbeats = (): number[] => [
      mackerel.series("shop").get("hydrant.heartbeat")?.size ?? 0,
      datadog.series().get("hydrant.heartbeat{}")?.size ?? 0,
    ];
    await until(() => heartbeats().every((count) => count >= ticks), `${ticks} ticks at both services`);
    const atDatadog =
      datadog.series().get(`${metric}{${tags.toSorted().join(",")}}`) ?? new Map<number, number[]>();
    const atMackerel = mackerel.series("shop").get(mackerelName) ?? new Map<number, number>();
    return { datadog: [...sorted(atDatadog)].flat(), mackerel: [...sorted(atMackerel)] };
  };
  return {
    env,
    config,
    host,
    github,
    mackerel,
    datadog,
    values,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

function sorted<T>(byTime: ReadonlyMap<number, T>): T[] {
  return [...byTime].toSorted(([one], [other]) => one - other).map(([, value]) => value);
}
