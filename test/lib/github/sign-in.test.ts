import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { readConfig, type GitHubConfig } from "../../../lib/config.ts";
import { storedMemory } from "../../../lib/github/stored-memory.ts";
import { folderStore } from "../../../lib/store/folder-store.ts";
import type { Fault } from "../../support/faults.ts";
import { startCollector } from "../../support/github-collector.ts";
import { repositoryOf } from "../../support/github-model.ts";

const model = { repositories: [repositoryOf("acme/web")] };
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = (type: "pkcs1" | "pkcs8"): string => privateKey.export({ type, format: "pem" }).toString();
const app = { id: "123", privateKey: pem("pkcs8"), installationId: 9 };

/** The way in that these variables configure. */
function signInOf(members: Readonly<Record<string, string>>) {
  const github = readConfig({ GITHUB_REPOSITORIES: "acme/web", ...members }).github;
  if (!github) throw new Error("nothing is configured");
  return github.signIn;
}

const appEnv = { GITHUB_APP_ID: "123", GITHUB_APP_INSTALLATION_ID: "9" };

const down = (): Fault => ({ kind: "status", status: 502 });

/** How many requests a collector with this sign-in gives up after while GitHub is down. */
async function requestsWith(config: Partial<GitHubConfig>): Promise<number> {
  await using collector = await startCollector({ model, app, config, faults: down });
  expect((await collector.collect()).failures).toEqual([
    { subject: "acme/web", reason: "GitHub failed: it answered 502" },
  ]);
  return collector.github.requests.length;
}

describe("signing in as an App", () => {
  it.each([
    ["PKCS#1, as GitHub gives it", pem("pkcs1")],
    ["PKCS#8", pem("pkcs8")],
    [
      "escaped line ends",
      pem("pkcs1")
        .trim()
        .replaceAll("\n", String.raw`\n`),
    ],
    ["escaped line ends to the last", pem("pkcs8").replaceAll("\n", String.raw`\n`)],
  ])("works with a key of %s", async (_, key) => {
    for (const apiPath of ["", "/api/v3"]) {
      const signIn = signInOf({ ...appEnv, GITHUB_APP_PRIVATE_KEY: key });
      await using collector = await startCollector({ model, app, apiPath, config: { signIn } });
      expect((await collector.collect()).failures).toEqual([]);
      expect((await collector.collect()).failures).toEqual([]);
      const paths = collector.github.requests.map(({ path }) => path);
      const graphql = apiPath === "" ? "/graphql" : "/api/graphql";
      expect(paths).toEqual([`${apiPath}/app/installations/9/access_tokens`, graphql, graphql]);
    }
  });

  it("costs no more requests than a token while GitHub is down", async () => {
    const signIn = signInOf({ ...appEnv, GITHUB_APP_PRIVATE_KEY: pem("pkcs1") });
    expect(await requestsWith({ signIn })).toBe(await requestsWith({}));
  });

  it("waits out a limit, and survives a fault, of the sign-in itself", async () => {
    const signIn = signInOf({ ...appEnv, GITHUB_APP_PRIVATE_KEY: pem("pkcs1") });
    const limit: Fault = {
      kind: "status",
      status: 403,
      headers: { "retry-after": "7" },
      body: '{"message":"You have exceeded a secondary rate limit."}',
    };
    const faults = [{ kind: "status", status: 502 } as const, limit];
    await using collector = await startCollector({ model, app, config: { signIn }, faults });
    expect((await collector.collect()).failures).toEqual([]);
    expect(collector.clock.sleptMs).toEqual([7_000]);
    expect(collector.github.requests).toHaveLength(4);
  });

  it("ends when time is up, in the middle of signing in too", async () => {
    const signIn = signInOf({ ...appEnv, GITHUB_APP_PRIVATE_KEY: pem("pkcs1") });
    const controller = new AbortController();
    const faults = (): Fault => {
      controller.abort(new Error("the time of this run is up"));
      return { kind: "hang" };
    };
    await using collector = await startCollector({ model, app, config: { signIn }, faults });
    const { failures } = await collector.collect(undefined, controller.signal);
    expect(failures).toEqual([{ subject: "acme/web", reason: "the time of this run is up" }]);
    expect(collector.github.requests).toHaveLength(1);
  });

  it("says which variable is wrong", async () => {
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const otherPem = other.export({ type: "pkcs1", format: "pem" }).toString();
    const cases = [
      [{ ...appEnv, GITHUB_APP_PRIVATE_KEY: otherPem }, "GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY"],
      [
        { ...appEnv, GITHUB_APP_INSTALLATION_ID: "8", GITHUB_APP_PRIVATE_KEY: pem("pkcs1") },
        "no installation GITHUB_APP_INSTALLATION_ID",
      ],
    ] as const;
    for (const [env, reason] of cases) {
      await using collector = await startCollector({ model, app, config: { signIn: signInOf(env) } });
      const { failures } = await collector.collect();
      expect(failures).toEqual([{ subject: "acme/web", reason: expect.stringContaining(reason) }]);
      expect(JSON.stringify(failures)).not.toContain("PRIVATE KEY-----");
    }
  });
});

describe("signing in with a token", () => {
  it("asks GitHub Enterprise Server at its own address", async () => {
    await using collector = await startCollector({ model, apiPath: "/api/v3" });
    expect((await collector.collect()).failures).toEqual([]);
    expect(collector.github.requests.map(({ path }) => path)).toEqual(["/api/graphql"]);
  });

  it("never shows the token where GitHub repeats it", async () => {
    const signIn = signInOf({ GITHUB_TOKEN: "ghp_secret" });
    await using collector = await startCollector({ model, token: "another", config: { signIn } });
    expect(JSON.stringify(await collector.collect())).not.toContain("ghp_secret");
  });
});

describe("a memory in a folder", () => {
  it("is nothing at first, then what was written last, and never half of it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hydrant-memory-"));
    const memory = storedMemory(folderStore(join(folder, "memory")), "github-series.json");
    expect(await memory.read()).toBeUndefined();
    await memory.write("one");
    await memory.write("two");
    expect(await memory.read()).toBe("two");
    expect(await readdir(join(folder, "memory"))).toEqual(["github-series.json"]);
    await rm(folder, { recursive: true });
  });
});
