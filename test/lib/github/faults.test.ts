import { describe, expect, it } from "vitest";

import type { Collected } from "../../../lib/collector.ts";
import type { Fault, ReceivedRequest } from "../../support/faults.ts";
import { linesOf, startCollector, type CollectOptions } from "../../support/github-collector.ts";
import {
  issueOf,
  numbered,
  pullRequestOf,
  repositoryOf,
  user,
  type GitHubModel,
  type ModelRepository,
} from "../../support/github-model.ts";
import { referenceLines } from "../../support/github-reference.ts";

const model: GitHubModel = {
  repositories: numbered(6, (number) =>
    repositoryOf(`acme/r${number}`, {
      pullRequests: numbered(110, (each) => pullRequestOf(each, { labels: [`l${each % 3}`] })),
      issues: numbered(30, (each) => issueOf(each)),
    }),
  ),
};

const all = model.repositories.map(({ owner, name }) => `${owner}/${name}`);

/** Fails unless every repository is either counted in full or named as missing, and nothing of it counted. */
function expectHonest({ points, failures, repositories }: Collected): void {
  const missing = new Set(failures.map(({ subject }) => subject));
  expect(repositories + missing.size).toBe(all.length);
  const whole = model.repositories.filter(({ owner, name }) => !missing.has(`${owner}/${name}`));
  const counted = points.filter(({ tags }) => tags.length > 0);
  expect(linesOf(counted)).toEqual(referenceLines({ repositories: whole }));
}

const textOf = ({ body }: ReceivedRequest): string => body.toString("utf8");
const json = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: "status",
  status,
  headers,
  body: JSON.stringify(body),
});
const html = (status: number): Fault => ({
  kind: "status",
  status,
  headers: { "content-type": "text/html" },
  body: "<html>Unicorn!</html>",
});
const secondary = (headers: Readonly<Record<string, string>>): Fault =>
  json(403, { message: "You have exceeded a secondary rate limit. Please wait a few minutes." }, headers);
const rateLimited = (headers: Readonly<Record<string, string>>): Fault =>
  json(
    200,
    { errors: [{ type: "RATE_LIMITED", message: "API rate limit exceeded for user ID 1." }] },
    headers,
  );
const aliases = numbered(20, (number) => `q${number - 1}`);
const inSeconds = (seconds: number): string => String(Math.ceil(Date.now() / 1000) + seconds);

describe("trouble that passes", () => {
  const wrong = "Something went wrong while executing your query. This may be the result of a timeout.";
  const passing: Readonly<Record<string, Fault>> = {
    "502": html(502),
    "504": html(504),
    "500": json(500, { message: "Server Error" }),
    "503": json(503, { message: "No server is currently available" }),
    "a reset connection": { kind: "reset" },
    "an answer cut short": { kind: "truncated" },
    "an answer of something else": { kind: "wrong-body" },
    "a 200 that says it went wrong": json(200, { data: null, errors: [{ message: wrong }] }),
    "resources used up": json(200, {
      data: Object.fromEntries(aliases.map((alias) => [alias, null])),
      errors: aliases.map((alias) => ({
        type: "RESOURCE_LIMITS_EXCEEDED",
        path: [alias],
        message: "Resource limits for this query exceeded.",
      })),
    }),
    "a 200 of nothing": json(200, {}),
    "a 200 of null": json(200, null),
    "reviewers left out for want of resources": json(200, {
      data: Object.fromEntries(aliases.map((alias) => [alias, null])),
      errors: aliases.map((alias) => ({
        type: "RESOURCE_LIMITS_EXCEEDED",
        path: [alias, "pullRequests", "nodes", 0, "reviewRequests", "nodes", 0, "requestedReviewer"],
        message: "Resource limits for this query exceeded.",
      })),
    }),
    "a pull request that vanishes while GitHub answers": json(200, {
      data: Object.fromEntries(aliases.map((alias) => [alias, null])),
      errors: aliases.map((alias) => ({
        type: "NOT_FOUND",
        path: [alias, "pullRequests", "nodes", 0],
        message: "Could not resolve to a node with the global id of 'x'.",
      })),
    }),
  };

  it.each(Object.entries(passing))("costs nothing: %s", async (_, fault) => {
    for (const at of [0, 3]) {
      await using collector = await startCollector({ model, faults: [...Array<undefined>(at), fault] });
      const collected = await collector.collect();
      expect(collected.failures).toEqual([]);
      expectHonest(collected);
    }
  });

  it.each<[string, Partial<CollectOptions>]>([
    ["for the time it takes", { nodesInTime: 2_000 }],
    ["for the node limit", { nodeLimit: 1_000 }],
  ])("makes queries smaller that are too large %s", async (_, limits) => {
    await using collector = await startCollector({ model, ...limits });
    const collected = await collector.collect();
    expect(collected.failures).toEqual([]);
    expectHonest(collected);
  });

  it.each<[string, Fault, number]>([
    ["as long as it asks", secondary({ "retry-after": "7" }), 7],
    ["a minute where it does not say", secondary({}), 60],
    [
      "as long as it asks of a 429 too",
      json(429, { message: "secondary rate limit" }, { "retry-after": "3" }),
      3,
    ],
  ])("is a secondary limit: it is waited for %s", async (_, fault, seconds) => {
    await using collector = await startCollector({ model, faults: [undefined, fault] });
    const collected = await collector.collect();
    expect(collected.failures).toEqual([]);
    expectHonest(collected);
    expect(collector.clock.sleptMs).toEqual([seconds * 1000]);
  });

  it.each<[string, (headers: Readonly<Record<string, string>>) => Fault]>([
    ["a 200", rateLimited],
    ["a 403", (headers) => json(403, { message: "API rate limit exceeded for user ID 1." }, headers)],
  ])("is a primary limit in %s that ends soon: it is waited for", async (_, fault) => {
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": inSeconds(20) };
    await using collector = await startCollector({ model, faults: [undefined, undefined, fault(headers)] });
    const collected = await collector.collect();
    expect(collected.failures).toEqual([]);
    expect(collector.clock.sleptMs).toHaveLength(1);
    expect(collector.clock.sleptMs[0]).toBeGreaterThanOrEqual(19_000);
    expect(collector.clock.sleptMs[0]).toBeLessThanOrEqual(23_000);
  });
});

describe.each(["", "/api/v3"])("a limit told in a 200, at %j", (apiPath) => {
  const used = { type: "RATE_LIMITED", message: "API rate limit exceeded for user ID 1." };
  const second = { message: "You have exceeded a secondary rate limit. Please wait a few minutes." };
  type Told = { readonly type?: string; readonly message: string };
  const told = (error: Told, headers: Readonly<Record<string, string>>): Fault =>
    json(200, { data: null, errors: [error] }, headers);

  it.each<[string, Told, Record<string, string>, number]>([
    ["that asks to wait", second, { "retry-after": "10", "x-ratelimit-remaining": "4000" }, 10],
    ["that asks for nothing", second, { "x-ratelimit-reset": inSeconds(3_000) }, 60],
    ["of points that asks to wait", used, { "retry-after": "10", "x-ratelimit-remaining": "0" }, 10],
    ["of points that asks for nothing", used, {}, 60],
  ])("is waited for: one %s", async (_, error, headers, seconds) => {
    await using collector = await startCollector({
      model,
      apiPath,
      faults: [undefined, told(error, headers)],
    });
    const collected = await collector.collect();
    expect(collected.failures).toEqual([]);
    expectHonest(collected);
    expect(collector.clock.sleptMs).toEqual([seconds * 1000]);
  });

  it.each(["RATE_LIMITED", "RATE_LIMIT"])("is waited for until it is reset: %s", async (type) => {
    const fault = told({ ...used, type }, { "x-ratelimit-reset": inSeconds(20) });
    await using collector = await startCollector({ model, apiPath, faults: [undefined, fault] });
    const collected = await collector.collect();
    expect(collected.failures).toEqual([]);
    expect(collector.clock.sleptMs).toHaveLength(1);
    expect(collector.clock.sleptMs[0]).toBeGreaterThanOrEqual(19_000);
    expect(collector.clock.sleptMs[0]).toBeLessThanOrEqual(23_000);
  });

  it.each<[Told, Record<string, string>, RegExp]>([
    [used, { "x-ratelimit-reset": inSeconds(3_000) }, /holds \(until \d{4}-\S+Z\): API rate limit/],
    [second, { "retry-after": "3600" }, /holds \(it asks to wait 3600 s\): You have exceeded a secondary/],
  ])("that is too long to wait for is told with its end: %j, %j", async (error, headers, reason) => {
    const faults = (_: ReceivedRequest, index: number): Fault | undefined =>
      index > 4 ? told(error, headers) : undefined;
    await using collector = await startCollector({ model, apiPath, faults });
    const collected = await collector.collect();
    expect(collected.repositories).toBeGreaterThan(0);
    expect(collected.failures.length).toBeGreaterThan(0);
    for (const failure of collected.failures) expect(failure.reason).toMatch(reason);
    expectHonest(collected);
    expect(collector.clock.sleptMs).toEqual([]);
    expect(collector.github.requests).toHaveLength(6);
  });
});

/** Of the second page of one repository's pull requests. */
const brokenPage = (request: ReceivedRequest): Fault | undefined =>
  /name: \\"r3\\"\) \{ pullRequests\(states: OPEN, first: \d+, after/.test(textOf(request))
    ? html(502)
    : undefined;

describe("trouble that stays", () => {
  it("with one repository costs the others nothing", async () => {
    await using collector = await startCollector({ model, faults: brokenPage });
    const collected = await collector.collect();
    expect(collected.failures).toEqual([{ subject: "acme/r3", reason: "GitHub failed: it answered 502" }]);
    expectHonest(collected);
  });

  it("with GitHub as a whole is given up after few requests, and all are named", async () => {
    await using collector = await startCollector({ model, faults: () => html(502) });
    const collected = await collector.collect();
    expect(collected.failures.map(({ subject }) => subject)).toEqual(all);
    expect(collected.failures[0]?.reason).toMatch(/^GitHub failed/);
    expect(collector.github.requests.length).toBeLessThan(40);
    expectHonest(collected);
  });

  it.each<[string, string, Partial<CollectOptions>]>([
    ["a long primary limit", "until 2096-", { points: 12 }],
    [
      "a long secondary limit",
      "asks to wait 3600 s",
      { faults: (_, index) => (index > 4 ? secondary({ "retry-after": "3600" }) : undefined) },
    ],
    [
      "a limit that comes again and again",
      "secondary",
      { faults: (_, index) => (index > 4 ? secondary({ "retry-after": "1" }) : undefined) },
    ],
    [
      "a limit at GitHub Enterprise Server",
      "rate limit holds",
      { apiPath: "/api/v3", faults: (_, index) => (index > 4 ? rateLimited({}) : undefined) },
    ],
    [
      "a secondary limit in a 200",
      "rate limit holds",
      {
        faults: (_, index) =>
          index > 4
            ? json(200, { errors: [{ message: "You have exceeded a secondary rate limit." }] })
            : undefined,
      },
    ],
  ])("ends the tick with what is complete: %s", async (_, reason, options) => {
    await using collector = await startCollector({ model, ...options });
    const collected = await collector.collect();
    expect(collected.repositories).toBeGreaterThan(0);
    expect(collected.failures.length).toBeGreaterThan(0);
    for (const failure of collected.failures) expect(failure.reason).toContain(reason);
    expectHonest(collected);
  });

  it("says that nothing is left of the rate limit", async () => {
    await using collector = await startCollector({ model, points: 12 });
    const { points } = await collector.collect();
    expect(linesOf(points)).toContain("github.rate_limit.remaining = 0");
  });

  it("ends the tick with what is complete when time is up, in the middle of a request too", async () => {
    const controller = new AbortController();
    const faults = (_: ReceivedRequest, index: number): Fault | undefined => {
      if (index < 5) return undefined;
      controller.abort(new Error("the time of this run is up"));
      return { kind: "hang" };
    };
    await using collector = await startCollector({ model, faults });
    const collected = await collector.collect(undefined, controller.signal);
    expect(collected.repositories).toBeGreaterThan(0);
    expect(new Set(collected.failures.map(({ reason }) => reason))).toEqual(
      new Set(["the time of this run is up"]),
    );
    expect(collector.github.requests).toHaveLength(6);
    expectHonest(collected);
  });

  it("asks nothing when time is up before", async () => {
    await using collector = await startCollector({ model });
    const collected = await collector.collect(undefined, AbortSignal.abort(new Error("too late")));
    expect(collected.failures).toEqual(all.map((subject) => ({ subject, reason: "too late" })));
    expect(collector.github.requests).toHaveLength(0);
  });
});

const unreadable = (owner: string, where: string): string =>
  `${owner}: teams cannot be read, for reviews are requested of them in ${where} ` +
  "(the permission organisation Members: read is missing): they are counted as team:unreadable";

describe("what the sign-in may not do", () => {
  it("at all is said once for each repository, after one request", async () => {
    await using collector = await startCollector({ model, token: "another" });
    const { failures } = await collector.collect();
    expect(failures).toEqual(
      all.map((subject) => ({
        subject,
        reason: expect.stringMatching(
          /^GitHub answered 401 Bad credentials.*GITHUB_TOKEN is wrong, revoked or expired$/,
        ),
      })),
    );
    expect(collector.github.requests).toHaveLength(1);
  });

  it("with one repository is named with the permission, and costs the others nothing", async () => {
    const { repositories } = model;
    const [first, second, third] = repositories;
    if (!first || !second || !third) throw new Error("the model is too small");
    const some: GitHubModel = {
      repositories: [{ ...first, forbidden: ["issues"] }, { ...second, forbidden: ["pullRequests"] }, third],
    };
    await using collector = await startCollector({ model: some });
    const { failures, points } = await collector.collect();
    expect(failures).toEqual([
      {
        subject: "acme/r1",
        reason: "Resource not accessible by personal access token (the permission Issues: read is missing)",
      },
      {
        subject: "acme/r2",
        reason:
          "Resource not accessible by personal access token (the permission Pull requests: read is missing)",
      },
    ]);
    expect(linesOf(points)).toEqual(referenceLines({ repositories: [third] }));
  });

  it("with pull requests and issues both is named with both permissions", async () => {
    const [first, second] = model.repositories;
    if (!first || !second) throw new Error("the model is too small");
    const repositories = [{ ...first, forbidden: ["pullRequests", "issues"] as const }, second];
    await using collector = await startCollector({ model: { repositories } });
    const { failures, points } = await collector.collect();
    const reason =
      "Resource not accessible by personal access token " +
      "(the permissions Pull requests: read and Issues: read are missing)";
    expect(failures).toEqual([{ subject: "acme/r1", reason }]);
    expect(linesOf(points)).toEqual(referenceLines({ repositories: [second] }));
  });

  it("with both, where GitHub tells them together, is named after one request", async () => {
    const message = "Resource not accessible by integration";
    const errors = ["pullRequests", "issues"].map((list) => ({
      type: "FORBIDDEN",
      path: ["q0", list],
      message,
    }));
    const faults = [json(200, { data: { q0: null }, errors })];
    const one = { repositories: [repositoryOf("acme/web")] };
    await using collector = await startCollector({ model: one, faults });
    const reason = `${message} (the permissions Pull requests: read and Issues: read are missing)`;
    expect((await collector.collect()).failures).toEqual([{ subject: "acme/web", reason }]);
    expect(collector.github.requests).toHaveLength(1);
  });

  it("with teams by an App or a fine-grained token is said once for each owner, with the permission", async () => {
    const pullRequests = numbered(30, (each) =>
      pullRequestOf(each, { reviewers: ["forbidden", user("bob")] }),
    );
    const names = ["acme/a", "acme/b", "acme/c", "acme/d", "other/web"];
    const repositories = names.map((name) => repositoryOf(name, { pullRequests }));
    await using collector = await startCollector({ model: { repositories } });
    const { points, failures, remarks } = await collector.collect();
    expect(failures).toEqual([]);
    expect(linesOf(points)).toEqual(referenceLines({ repositories }));
    expect(remarks).toEqual([
      unreadable("acme", "acme/a, acme/b, acme/c and 1 more"),
      unreadable("other", "other/web"),
    ]);
  });

  it("with teams counts them as unreadable, and says so", async () => {
    const reviewers = [{ type: "Team" as const, slug: "core" }];
    const repositories = [repositoryOf("acme/web", { pullRequests: [pullRequestOf(1, { reviewers })] })];
    await using collector = await startCollector({ model: { repositories }, hasTeamScope: false });
    const { points, failures, remarks } = await collector.collect();
    expect(failures).toEqual([]);
    expect(linesOf(points)).toContain(
      "github.pull_requests.open.by_team repository:acme/web team:unreadable = 1",
    );
    expect(remarks).toEqual([expect.stringContaining("scope read:org")]);
  });
});

const many = (letter: string): string[] => numbered(30, (number) => `${letter}${number}`);
const wide = { labels: many("l"), assignees: many("a"), reviewers: many("r").map(user) };

describe("what is deleted or transferred between two queries", () => {
  it.each<[string, (web: ModelRepository) => unknown]>([
    ["a pull request", (web) => (web.pullRequests = web.pullRequests.slice(1))],
    ["an issue", (web) => (web.issues = web.issues.slice(1))],
  ])("is not counted, and costs nothing else: %s", async (_, vanish) => {
    const web = repositoryOf("acme/web", {
      pullRequests: [pullRequestOf(1, wide), pullRequestOf(2, wide), pullRequestOf(3)],
      issues: [issueOf(4, wide), issueOf(5, wide), issueOf(6)],
    });
    const some: GitHubModel = { repositories: [web, repositoryOf("acme/api", { issues: [issueOf(1)] })] };
    let isGone = false;
    const faults = (request: ReceivedRequest): undefined => {
      if (isGone || !textOf(request).includes("node(id")) return;
      isGone = true;
      vanish(web);
    };
    await using collector = await startCollector({ model: some, faults });
    const { failures, points } = await collector.collect();
    expect({ failures, isGone }).toEqual({ failures: [], isGone: true });
    expect(linesOf(points)).toEqual(referenceLines(some));
  });

  it("and stays unanswered is told with GitHub's own reason", async () => {
    const gone = {
      type: "NOT_FOUND",
      path: ["q0", "issues", "nodes", 0],
      message: "Could not resolve to a node.",
    };
    const faults = (request: ReceivedRequest): Fault | undefined =>
      textOf(request).includes("...Issues") ? json(200, { data: { q0: null }, errors: [gone] }) : undefined;
    const some = { repositories: [repositoryOf("acme/web", { issues: [issueOf(1)] })] };
    await using collector = await startCollector({ model: some, faults });
    const { failures } = await collector.collect();
    expect(failures).toEqual([
      { subject: "acme/web", reason: "GitHub failed: Could not resolve to a node." },
    ]);
  });
});
