import { describe, expect, it } from "vitest";

import { doctor, type DoctorOptions } from "../../../infra/local/doctor.ts";
import type { Finding } from "../../../infra/local/finding.ts";
import { systemClock } from "../../../lib/clock.ts";
import { pullRequestOf, repositoryOf } from "../../support/github-model.ts";
import { githubToken } from "../../support/github.ts";
import { startTickHost, type TickHost } from "../../support/tick-host.ts";

type Env = Readonly<Record<string, string>>;

interface Examined {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

async function examine(env: Env, options: DoctorOptions = {}): Promise<Examined> {
  const lines: string[] = [];
  const print = {
    out: (line: string): unknown => lines.push(line),
    err: (line: string): unknown => lines.push(line),
    style: (_: string, text: string): string => text,
  };
  const parts = { env, clock: systemClock, random: () => 0.5, fetch: globalThis.fetch, print };
  const exitCode = await doctor(options, parts);
  for (const secret of [githubToken, "ghp_wrong", "secret"]) expect(lines.join("\n")).not.toContain(secret);
  return { exitCode, lines };
}

const model = {
  repositories: [
    repositoryOf("acme/web"),
    repositoryOf("acme/closed", { forbidden: ["issues"] }),
    repositoryOf("acme/locked", { forbidden: ["pullRequests", "issues"] }),
  ],
};

const envOf = (ticks: TickHost, more: Env = {}): Env => ({
  ...ticks.env,
  HYDRANT_PORT: new URL(ticks.host.url).port,
  GITHUB_REPOSITORIES: "acme/web",
  ...more,
});

describe("the doctor", () => {
  it("finds everything in order, in one line each, and sends a point all the way", async () => {
    await using ticks = await startTickHost(model);
    const { exitCode, lines } = await examine(envOf(ticks, { BUFFER_SECONDS: "0" }), { send: true });
    expect(lines).toEqual([
      "ok    configuration               every variable can be read",
      "ok    GitHub sign-in              octocat, 4999 of 5000 points of the rate limit left until 2096-10-02T07:06:40.000Z",
      "ok    GitHub acme/web             pull requests and issues can be read",
      "ok    Datadog                     the key is valid at datadoghq.com",
      "ok    Mackerel                    the key is valid, and there is the service shop",
      "ok    stream hydrant-datadog      is there and active",
      "ok    stream hydrant-mackerel     is there and active",
      "ok    put on hydrant-datadog      hydrant.doctor = 1; look for it at the destination",
      "ok    put on hydrant-mackerel     hydrant.doctor = 1; look for it at the destination",
      expect.stringMatching(/^ok {4}delivery hydrant-\w+ +delivered, after \d+\.\d s$/),
      expect.stringMatching(/^ok {4}delivery hydrant-\w+ +delivered, after \d+\.\d s$/),
    ]);
    expect(exitCode).toBe(0);
    expect([...ticks.mackerel.series("shop").keys()]).toEqual(["hydrant.doctor"]);
    expect([...ticks.datadog.series().keys()]).toEqual(["hydrant.doctor{}"]);
  });

  it("shows what is not configured, with the variable to set", async () => {
    const { exitCode, lines } = await examine({ HYDRANT_PORT: "1" });
    expect(lines).toEqual([
      "ok    configuration               every variable can be read",
      "-     GitHub                      not configured: set GITHUB_REPOSITORIES, and GITHUB_TOKEN or GITHUB_APP_ID",
      "-     Datadog                     not configured: set DATADOG_API_KEY (and DATADOG_SITE)",
      "-     Mackerel                    not configured: set MACKEREL_API_KEY and MACKEREL_SERVICE",
      "fail  streams                     nothing listens on http://127.0.0.1:1: start it with npm start",
    ]);
    expect(exitCode).toBe(1);
  });

  it("tells every problem of the configuration, and checks nothing more", async () => {
    const { exitCode, lines } = await examine({ GITHUB_REPOSITORIES: "web", BUFFER_SECONDS: "x" });
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line).toMatch(/^fail {2}configuration/);
    expect(exitCode).toBe(1);
  });

  it.each<[string, Env, RegExp]>([
    [
      "a wrong token",
      { GITHUB_TOKEN: "ghp_wrong" },
      /^fail {2}GitHub sign-in .* 401 .*GITHUB_TOKEN is wrong/,
    ],
    [
      "a missing permission",
      { GITHUB_REPOSITORIES: "acme/web,acme/closed" },
      /^fail {2}GitHub acme\/closed .*the permission Issues: read is missing/,
    ],
    [
      "two missing permissions",
      { GITHUB_REPOSITORIES: "acme/locked" },
      /^fail {2}GitHub acme\/locked .*the permissions Pull requests: read and Issues: read are missing/,
    ],
    [
      "a missing repository",
      { GITHUB_REPOSITORIES: "acme/nope" },
      /^fail {2}GitHub acme\/nope .*no such repository/,
    ],
    [
      "a wrong Datadog key",
      { DATADOG_API_KEY: "secret" },
      /^fail {2}Datadog .*check DATADOG_API_KEY, and DATADOG_SITE/,
    ],
    ["a wrong Mackerel key", { MACKEREL_API_KEY: "secret" }, /^fail {2}Mackerel .*check MACKEREL_API_KEY/],
    [
      "a missing service",
      { MACKEREL_SERVICES: "shop,stock" },
      /^fail {2}Mackerel .*no service stock.*there is shop/,
    ],
    [
      "a service that is down",
      { DATADOG_API_URL: "http://127.0.0.1:1" },
      /^fail {2}Datadog .*does not answer: .*/,
    ],
    [
      "a missing stream",
      { HYDRANT_NAME: "other" },
      /^fail {2}stream other-datadog .*ResourceNotFoundException.*restart npm start/,
    ],
  ])("says what to do about %s", async (_, more, line) => {
    await using ticks = await startTickHost(model);
    const { exitCode, lines } = await examine(envOf(ticks, more));
    expect(lines.filter((each) => each.startsWith("fail"))[0]).toMatch(line);
    expect(exitCode).toBe(1);
  });

  it("says how many repositories an owner's name leads to, and what to do where it leads to none", async () => {
    const repositories = [repositoryOf("acme/web"), repositoryOf("acme/api"), repositoryOf("other/web")];
    await using ticks = await startTickHost({ repositories, owners: ["solo"] });
    const GITHUB_REPOSITORIES = "acme/*,other/*,solo/*,nobody/*";
    const { exitCode, lines } = await examine(envOf(ticks, { GITHUB_REPOSITORIES }));
    expect(lines.filter((line) => /GitHub \S+\/\*/.test(line))).toEqual([
      "ok    GitHub acme/*               2 repositories are visible",
      "ok    GitHub other/*              1 repository is visible",
      expect.stringMatching(
        /^fail {2}GitHub solo\/\* .*an App must be installed there, a token must select them$/,
      ),
      expect.stringMatching(/^fail {2}GitHub nobody\/\* .*no such user or organisation/),
    ]);
    expect(exitCode).toBe(1);
  });

  it("says that teams cannot be read, with the permission to give", async () => {
    const pullRequests = [pullRequestOf(1), pullRequestOf(2, { reviewers: ["forbidden"] })];
    await using ticks = await startTickHost({ repositories: [repositoryOf("acme/web", { pullRequests })] });
    const { exitCode, lines } = await examine(envOf(ticks));
    expect(lines).toContainEqual(
      expect.stringMatching(
        /^ok {4}GitHub teams .*acme\/web \(the permission organisation Members: read is missing\)/,
      ),
    );
    expect(exitCode).toBe(0);
  });

  it("goes on after what failed", async () => {
    await using ticks = await startTickHost(model);
    const { lines } = await examine(envOf(ticks, { GITHUB_TOKEN: "ghp_wrong", DATADOG_API_KEY: "secret" }));
    expect(lines.filter((line) => line.startsWith("ok"))).toHaveLength(4);
  });

  it("says the same in JSON for programs", async () => {
    const { lines } = await examine({ HYDRANT_PORT: "1" }, { json: true });
    const { findings } = JSON.parse(lines.join("")) as { findings: Finding[] };
    expect(findings.map(({ state }) => state)).toEqual(["ok", "none", "none", "none", "fail"]);
  });
});
