import { mkdtemp, readdir, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { redrive, type RedriveOptions } from "../../../infra/local/redrive.ts";
import { progressText } from "../../../infra/local/redrive-text.ts";
import { systemClock } from "../../../lib/clock.ts";
import { readConfig, streamsOf } from "../../../lib/config.ts";
import { outletsOf } from "../../../lib/destinations/index.ts";
import { folderStore } from "../../../lib/store/folder-store.ts";
import { createEndpoint, type Endpoint } from "../../../lib/firehose/endpoint.ts";
import { createSend } from "../../../lib/send.ts";
import type { Fault } from "../../support/faults.ts";
import { spawnHydrant, startTestHost, type TestHost } from "../../support/host.ts";
import { startMackerel, type MackerelStandIn } from "../../support/mackerel.ts";
import { until } from "../../support/until.ts";

const stream = "hydrant-mackerel";
const down: Fault = { kind: "status", status: 503, body: "down" };

interface Scene extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>;
  readonly host: TestHost;
  readonly mackerel: MackerelStandIn;
  /** Puts a record, and resolves when it is in the backup. */
  fail(record: string, times: number): Promise<void>;
  /** From now on the endpoint itself, too, is down. */
  breakEndpoint(): void;
  repair(): void;
  /** Lets everything that failed have failed long ago. */
  age(): Promise<void>;
  objects(): Promise<readonly string[]>;
}

/** The local host with the real endpoint; Mackerel is down, and nothing is tried twice. */
async function startScene(): Promise<Scene> {
  await using opening = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), "hydrant-redrive-"));
  opening.defer(() => rm(dataDir, { recursive: true }));
  let [isDown, isEndpointDown] = [true, false];
  const mackerel = opening.use(
    await startMackerel({ apiKey: "mk", services: ["shop"], faults: () => (isDown ? down : undefined) }),
  );
  const env = {
    MACKEREL_API_KEY: "mk",
    MACKEREL_API_URL: mackerel.url,
    MACKEREL_SERVICE: "shop",
    HYDRANT_ACCESS_KEYS: "ak",
    HYDRANT_DATA_DIR: dataDir,
  };
  const config = readConfig(env);
  const backup = folderStore(join(dataDir, "backup"));
  const parts = { accessKeys: ["ak"], outlets: outletsOf(config, createSend()), clock: systemClock };
  const working = createEndpoint({ ...parts, backup, report: () => undefined });
  const endpoint: Endpoint = (request, deadlineMs) =>
    isEndpointDown ? Promise.resolve(new Response("down", { status: 503 })) : working(request, deadlineMs);
  const streams = streamsOf(config).map(({ name }) => ({ name, url: "/mackerel", accessKey: "ak" }));
  const host = opening.use(await startTestHost({ streams, endpoint, dataDir, retrySeconds: 0 }));
  const open = opening.move();
  const objects = async (): Promise<string[]> => {
    const entries = await readdir(join(dataDir, "backup"), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    return files.map((entry) => join(entry.parentPath, entry.name).slice(join(dataDir, "backup/").length));
  };
  return {
    env: { ...env, HYDRANT_PORT: new URL(host.url).port },
    host,
    mackerel,
    objects,
    async fail(record, times) {
      await host.put(stream, record);
      await host.told("backed-up", times);
    },
    breakEndpoint() {
      isEndpointDown = true;
    },
    repair() {
      [isDown, isEndpointDown] = [false, false];
    },
    async age() {
      const hourAgo = Date.now() / 1000 - 3600;
      for (const key of await objects()) await utimes(join(dataDir, "backup", key), hourAgo, hourAgo);
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

interface Outcome {
  readonly code: number;
  readonly out: readonly string[];
  readonly err: readonly string[];
}

/** The command in this process. */
async function run(env: Scene["env"], options: Partial<RedriveOptions> = {}): Promise<Outcome> {
  const [out, err]: [string[], string[]] = [[], []];
  const print = {
    out: (line: string) => out.push(line),
    err: (line: string) => err.push(line),
    style: (_: unknown, text: string) => text,
  };
  const code = await redrive(
    { stream: [], code: [], reason: [], ...options },
    {
      env,
      print,
      clock: systemClock,
      random: Math.random,
      fetch: globalThis.fetch,
      terminal: { isTTY: false, write: () => true },
      stop: new AbortController().signal,
    },
  );
  return { code, out, err };
}

const metric = (name: string, ageSeconds: number): string =>
  `${name}\t1\t${Math.floor(Date.now() / 1000) - ageSeconds}\n`;

describe("hydrant redrive", () => {
  it("brings to Mackerel what was backed up while it was down, once it is up and quiet", async () => {
    await using scene = await startScene();
    await scene.fail(metric("first", 60) + metric("second", 60), 1);
    scene.breakEndpoint();
    await scene.fail(metric("late", 90_000), 2);
    expect(await scene.objects()).toHaveLength(2);

    const early = await run(scene.env);
    expect(early.code).toBe(1);
    expect(early.out).toEqual([`${stream}: nothing done`]);
    expect(early.err.join()).toMatch(/deliveries failed \d+ s ago.*--force redrives anyway/);

    await scene.age();
    const trying = await run(scene.env);
    expect(trying.err.join()).toMatch(/deliveries failed \d+ s ago/);

    scene.repair();
    await scene.host.put(stream, metric("through", 60));
    await scene.host.told("delivered");
    const dry = await run(scene.env, { dryRun: true });
    expect(dry).toMatchObject({ code: 0, err: [] });
    expect(dry.out.at(-1)).toBe(
      `${stream}: 2 of 2 objects would be moved to redriven/; 1 record (2 points) would be put back; left: 1 too late for the destination (in expired/)`,
    );
    expect(scene.mackerel.points()).toHaveLength(1);

    const done = await run(scene.env);
    expect(done).toMatchObject({ code: 0, err: [] });
    await until(() => scene.mackerel.points().length >= 3, "both points at Mackerel");
    expect(scene.mackerel.points().map(({ name }) => name)).toEqual(["through", "first", "second"]);
    expect(scene.mackerel.dropped).toEqual([]);
    const objects = (await scene.objects()).filter((key) => !key.startsWith("redrive/"));
    expect(objects.map((key) => key.split("/").slice(0, 2).join("/")).toSorted()).toEqual([
      `${stream}/expired`,
      `redriven/${stream}`,
      `redriven/${stream}`,
    ]);
    const again = await run(scene.env);
    expect(again.out).toEqual([
      `${stream}: 0 of 0 objects moved to redriven/; 0 records (0 points) put back; left: none`,
    ]);
  });

  it("goes on and fails in words where the stream takes nothing", async () => {
    await using scene = await startScene();
    await scene.fail(metric("first", 60), 1);
    await scene.age();
    await scene.host.stop(AbortSignal.abort());
    await expect(run(scene.env)).rejects.toThrow(/nothing listens on http:.*npm start/);
    // A dry run needs no host.
    expect((await run(scene.env, { dryRun: true })).code).toBe(0);
  });

  it("answers programs in JSON, as a process", async () => {
    await using scene = await startScene();
    await scene.fail(metric("first", 60), 1);
    scene.repair();
    await using child = spawnHydrant(
      ["redrive", "--force", "--json", "--code", "DestinationException"],
      scene.env,
    );
    expect(await child.ended).toBe(0);
    expect(JSON.parse(child.out.join("\n"))).toMatchObject({
      dryRun: false,
      streams: [{ stream, ending: "done", moved: 1, put: { records: 1, points: 1 } }],
    });
    expect(child.err).toEqual([]);
  });

  it.each([["--since", "2026-02-01", "--until", "2026-01-01"], ["--since", "yesterday"], ["--aws"]])(
    "refuses wrong usage with 2: %s %s",
    async (...words) => {
      await using child = spawnHydrant(["redrive", ...words.filter(Boolean)], { HYDRANT_DATA_DIR: tmpdir() });
      expect(await child.ended).toBe(2);
      expect(child.err.join("\n")).toMatch(/--since|HYDRANT_BACKUP_BUCKET/);
    },
  );

  it("shows on a terminal how far it is, how fast and how long to go", () => {
    const progress = { stream: "s", records: 1_000, bytes: 250, allBytes: 1_000 };
    expect(progressText(progress, 10_000)).toBe("s: 25 %, 1000 records put back, 100/s, 30 s to go");
    expect(progressText({ ...progress, bytes: 1 }, 10_000)).toContain("2.8 h to go");
    expect(progressText({ ...progress, bytes: 0 }, 10_000)).toBe("s: 0 %, 1000 records put back, 100/s");
  });
});
