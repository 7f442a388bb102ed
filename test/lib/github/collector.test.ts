import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  bot,
  issueOf,
  numbered,
  pullRequestOf,
  repositoryOf,
  user,
  type GitHubModel,
} from "../../support/github-model.ts";
import { linesOf, startCollector, tick, tickMs } from "../../support/github-collector.ts";
import { referenceLines } from "../../support/github-reference.ts";
import { runs } from "../../support/runs.ts";

const acme: GitHubModel = {
  repositories: [
    repositoryOf("acme/web", {
      pullRequests: [
        pullRequestOf(1, {
          labels: ["bug", "日本語 ラベル"],
          assignees: ["bob"],
          reviewers: [user("bob"), bot("copilot"), { type: "Team", slug: "core" }],
        }),
        pullRequestOf(3, { isDraft: true, author: bot("renovate"), labels: ["bug"] }),
      ],
      issues: [issueOf(2, { author: user("carol"), labels: ["bug"], assignees: ["bob", "carol"] })],
    }),
    repositoryOf("acme/empty"),
  ],
};

describe("the collector", () => {
  it("counts what is open by repository, author, label, reviewer, team and assignee, zeros too", async () => {
    await using collector = await startCollector({ model: acme });
    const { points, repositories, failures, remarks } = await collector.collect();
    expect(linesOf(points)).toEqual([
      "github.issues.open repository:acme/empty = 0",
      "github.issues.open repository:acme/web = 1",
      "github.issues.open.by_assignee repository:acme/web assignee:bob = 1",
      "github.issues.open.by_assignee repository:acme/web assignee:carol = 1",
      "github.issues.open.by_author repository:acme/web author:carol = 1",
      "github.issues.open.by_label repository:acme/web label:bug = 1",
      "github.pull_requests.draft repository:acme/empty = 0",
      "github.pull_requests.draft repository:acme/web = 1",
      "github.pull_requests.open repository:acme/empty = 0",
      "github.pull_requests.open repository:acme/web = 2",
      "github.pull_requests.open.by_assignee repository:acme/web assignee:bob = 1",
      "github.pull_requests.open.by_author repository:acme/web author:alice = 1",
      "github.pull_requests.open.by_author repository:acme/web author:renovate = 1",
      "github.pull_requests.open.by_label repository:acme/web label:bug = 2",
      "github.pull_requests.open.by_label repository:acme/web label:日本語 ラベル = 1",
      "github.pull_requests.open.by_reviewer repository:acme/web reviewer:bob = 1",
      "github.pull_requests.open.by_reviewer repository:acme/web reviewer:copilot = 1",
      "github.pull_requests.open.by_team repository:acme/web team:acme/core = 1",
    ]);
    expect({ repositories, failures, remarks }).toEqual({ repositories: 2, failures: [], remarks: [] });
  });

  it("gives every point the tick's time, floored to the minute", async () => {
    await using collector = await startCollector({ model: acme });
    const { points } = await collector.collect(tick);
    expect(new Set(points.map(({ timestampMs }) => timestampMs))).toEqual(new Set([tickMs]));
    expect(new Set(points.map(({ type }) => type))).toEqual(new Set(["gauge"]));
  });

  it("asks for nothing more where nothing is open", async () => {
    const model = { repositories: numbered(40, (number) => repositoryOf(`acme/r${number}`)) };
    await using collector = await startCollector({ model });
    expect((await collector.collect()).repositories).toBe(40);
    expect(collector.github.queries).toHaveLength(1);
    expect(collector.github.spent()).toBe(1);
  });

  it("says what the rate limit has left", async () => {
    await using collector = await startCollector({ model: acme, points: 5_000 });
    const { points } = await collector.collect();
    expect(linesOf(points)).toContain("github.rate_limit.remaining = 4998");
  });

  it("collects hundreds over several pages, and lists that do not fit beside their pull request", async () => {
    const labels = numbered(230, (number) => `label-${number}`);
    const model: GitHubModel = {
      repositories: [
        repositoryOf("acme/big", {
          pullRequests: numbered(345, (number) => pullRequestOf(number, { labels: [`l${number % 7}`] })),
          issues: numbered(212, (number) => issueOf(number, { author: user(`u${number % 5}`) })),
        }),
        repositoryOf("acme/wide", {
          pullRequests: [
            pullRequestOf(1, {
              labels,
              assignees: numbered(21, (number) => `a${number}`),
              reviewers: numbered(121, (number) => user(`r${number}`)),
            }),
          ],
          issues: [issueOf(2, { labels })],
        }),
        repositoryOf("acme/small", { pullRequests: [pullRequestOf(1)] }),
      ],
    };
    await using collector = await startCollector({ model });
    const { points, failures } = await collector.collect();
    expect(failures).toEqual([]);
    expect(linesOf(points)).toEqual(referenceLines(model));
  });

  it("counts what GitHub does not tell under stable names", async () => {
    const nothing = { author: null, labels: null, assignees: [null] };
    const model: GitHubModel = {
      repositories: [
        repositoryOf("acme/web", {
          pullRequests: [
            pullRequestOf(1, { ...nothing, reviewers: null }),
            pullRequestOf(2, { labels: [null, "bug"], reviewers: [null, "no-request", "forbidden"] }),
            pullRequestOf(3, { author: { type: "Mannequin", login: "old-alice" } }),
            pullRequestOf(4, { author: { type: "Organization", login: "acme" } }),
          ],
          issues: [issueOf(5, nothing)],
        }),
      ],
    };
    await using collector = await startCollector({ model });
    const { points, failures } = await collector.collect();
    expect(failures).toEqual([]);
    expect(linesOf(points)).toEqual(referenceLines(model));
    expect(linesOf(points)).toEqual(
      expect.arrayContaining([
        "github.pull_requests.open.by_author repository:acme/web author:ghost = 1",
        "github.pull_requests.open.by_author repository:acme/web author:old-alice = 1",
        "github.pull_requests.open.by_team repository:acme/web team:unreadable = 1",
        "github.issues.open.by_assignee repository:acme/web assignee:ghost = 1",
      ]),
    );
  });

  it("has a series for each pull request where that is asked for, as datadog-github-pr has", async () => {
    await using collector = await startCollector({ model: acme, config: { hasDetail: true } });
    const { points } = await collector.collect();
    const details = points.filter(({ name }) => name === "datadog.custom.github.pr.count");
    expect(details.map(({ tags, value }) => ({ tags, value }))).toEqual([
      {
        value: 1,
        tags: [
          "number:1",
          "author:alice",
          "repo:acme/web",
          "label:bug",
          "label:日本語 ラベル",
          "reviewer:bob",
          "reviewer:copilot[bot]",
        ],
      },
      { value: 1, tags: ["number:3", "author:renovate[bot]", "repo:acme/web", "label:bug"] },
    ]);
  });

  it("shares queries between repositories: 100 with 50 pull requests each take few", async () => {
    const pullRequests = numbered(50, (number) => pullRequestOf(number, { labels: ["bug"] }));
    const model = {
      repositories: numbered(100, (number) => repositoryOf(`acme/r${number}`, { pullRequests })),
    };
    await using collector = await startCollector({ model });
    expect((await collector.collect()).repositories).toBe(100);
    expect(collector.github.requests.length).toBeLessThanOrEqual(40);
    expect(collector.github.spent()).toBeLessThanOrEqual(400);
  });

  it("never has a tag key twice in a series, nor a series twice", async () => {
    await using collector = await startCollector({ model: acme });
    const { points } = await collector.collect();
    for (const { tags } of points) {
      const keys = tags.map((tag) => tag.slice(0, tag.indexOf(":")));
      expect(new Set(keys).size).toBe(keys.length);
    }
    const series = points.map(({ name, tags }) => JSON.stringify([name, ...tags]));
    expect(new Set(series).size).toBe(series.length);
  });
});

describe("names of repositories", () => {
  it("may be all of an owner's, over several pages, but for archived ones", async () => {
    const model: GitHubModel = {
      repositories: [
        ...numbered(130, (number) => repositoryOf(`acme/r${number}`, { isArchived: number % 10 === 0 })),
        repositoryOf("other/web"),
      ],
    };
    const config = { repositories: ["Acme/*", "acme/r1", "other/web"] };
    await using collector = await startCollector({ model, config });
    const { repositories, failures, points } = await collector.collect();
    expect({ repositories, failures }).toEqual({ repositories: 118, failures: [] });
    expect(linesOf(points)).not.toContain("github.issues.open repository:acme/r10 = 0");
  });

  it("may be all of an owner's of whom nothing can be collected: that is said", async () => {
    const repositories = [repositoryOf("old/site", { isArchived: true }), repositoryOf("acme/web")];
    const config = { repositories: ["solo/*", "acme/*", "old/*"] };
    await using collector = await startCollector({ model: { repositories, owners: ["solo"] }, config });
    const { failures, remarks } = await collector.collect();
    const said =
      "no repository that is not archived is visible; an App must be installed there, a token must select them";
    expect({ failures, remarks }).toEqual({ failures: [], remarks: [`solo/*: ${said}`, `old/*: ${said}`] });
  });

  it("that are archived are collected where they are named", async () => {
    const model = { repositories: [repositoryOf("acme/old", { isArchived: true, issues: [issueOf(1)] })] };
    await using collector = await startCollector({ model });
    expect(linesOf((await collector.collect()).points)).toContain(
      "github.issues.open repository:acme/old = 1",
    );
  });

  it("that lead to one repository count once, under the name it has now", async () => {
    const web = repositoryOf("acme/web", { formerNames: ["acme/site"], pullRequests: [pullRequestOf(1)] });
    const config = { repositories: ["acme/site", "acme/web", "ACME/WEB"] };
    await using collector = await startCollector({ model: { repositories: [web] }, config });
    const { points, repositories, remarks } = await collector.collect();
    expect(repositories).toBe(1);
    expect(linesOf(points)).toEqual(referenceLines({ repositories: [web] }));
    expect(remarks).toEqual(["acme/site is now acme/web, and counted under that name"]);
  });

  it("that lead to nothing are failures, and cost the others nothing", async () => {
    const config = { repositories: ["acme/nope", "acme/web", "nobody/*"] };
    await using collector = await startCollector({ model: acme, config });
    const { points, repositories, failures } = await collector.collect();
    expect(repositories).toBe(1);
    expect(linesOf(points)).toContain("github.pull_requests.open repository:acme/web = 2");
    expect(linesOf(points).join()).not.toContain("nope");
    expect(failures).toEqual([
      {
        subject: "nobody/*",
        reason: "there is no such user or organisation, or the sign-in may not see it",
      },
      { subject: "acme/nope", reason: expect.stringMatching(/no such repository.*Metadata: read/) },
    ]);
  });
});

const login = fc.constantFrom("alice", "bob", "dave-x");
const actor = fc.record({
  type: fc.constantFrom("User" as const, "Bot" as const, "Mannequin" as const),
  login,
});
const label = fc.constantFrom("bug", "a b", "日本", "x/y");
const few = { maxLength: 3 };
const someLabels = fc.option(fc.uniqueArray(fc.option(label), few));
const assignees = fc.uniqueArray(fc.option(login), few);
const team = fc.record({ type: fc.constant("Team" as const), slug: fc.constantFrom("core", "ops") });
const reviewer = fc.oneof(actor, team, fc.constantFrom(null, "forbidden" as const, "no-request" as const));
const issue = fc.record({ author: fc.option(actor), labels: someLabels, assignees });
const pullRequest = fc.record({
  author: fc.option(actor),
  labels: someLabels,
  assignees,
  isDraft: fc.boolean(),
  reviewers: fc.option(fc.array(reviewer, few)),
});
const repository = fc.record({
  issues: fc.array(issue, { maxLength: 40, size: "max" }),
  pullRequests: fc.array(pullRequest, { maxLength: 130, size: "max" }),
});

describe("any repositories", () => {
  it("have the numbers that plain counting gives", async () => {
    const property = fc.asyncProperty(fc.array(repository, { minLength: 1, maxLength: 6 }), async (all) => {
      const repositories = all.map((each, index) =>
        repositoryOf(`o/r${index}`, {
          issues: each.issues.map((one, place) => ({ ...one, number: place })),
          pullRequests: each.pullRequests.map((one, place) => ({ ...one, number: place })),
        }),
      );
      await using collector = await startCollector({ model: { repositories } });
      const { points, failures } = await collector.collect();
      expect(failures).toEqual([]);
      expect(linesOf(points)).toEqual(referenceLines({ repositories }));
    });
    await fc.assert(property, { numRuns: runs(40) });
  });
});
