import { describe, expect, it } from "vitest";

import { linesOf, startCollector, TextMemory, tick, tickMs } from "../../support/github-collector.ts";
import type { Fault, ReceivedRequest } from "../../support/faults.ts";
import {
  issueOf,
  pullRequestOf,
  repositoryOf,
  type GitHubModel,
  type ModelRepository,
} from "../../support/github-model.ts";

const bug = "github.pull_requests.open.by_label repository:acme/web label:bug";
const hours = (count: number): Date => new Date(tick.getTime() + count * 3_600_000);

interface Web {
  readonly repository: ModelRepository;
  readonly open: () => void;
  readonly close: () => void;
}

function web(): Web {
  const repository = repositoryOf("acme/web");
  const open = (): void => void (repository.pullRequests = [pullRequestOf(1, { labels: ["bug"] })]);
  const close = (): void => void (repository.pullRequests = []);
  return { repository, open, close };
}

class RefusedMemory extends TextMemory {
  override read(): Promise<never> {
    return Promise.reject(new Error("EACCES: permission denied"));
  }

  override write(): Promise<never> {
    return this.read();
  }
}

describe("a series that has nothing any more", () => {
  it("is reported as 0 for a day, and then no more", async () => {
    const { repository, open, close } = web();
    await using collector = await startCollector({ model: { repositories: [repository] } });
    const linesAt = async (count: number): Promise<string[]> =>
      linesOf((await collector.collect(hours(count))).points).filter((line) => line.startsWith(bug));
    expect(await linesAt(0)).toEqual([]);
    open();
    expect(await linesAt(1)).toEqual([`${bug} = 1`]);
    close();
    for (const later of [2, 24, 25]) expect(await linesAt(later)).toEqual([`${bug} = 0`]);
    expect(await linesAt(26)).toEqual([]);
    expect(collector.memory.text).toBe('{"version":1,"series":{}}');
  });

  it("is not reported as 0 while its repository cannot be collected", async () => {
    const { repository, open, close } = web();
    const model = { repositories: [repository] };
    const config = { repositories: ["acme/web"] };
    await using collector = await startCollector({ model, config });
    open();
    await collector.collect(hours(0));
    close();
    model.repositories = [];
    const gone = await collector.collect(hours(1));
    expect(gone.failures).toHaveLength(1);
    expect(gone.points).toEqual([]);
    model.repositories = [repository];
    expect(linesOf((await collector.collect(hours(2))).points)).toContain(`${bug} = 0`);
  });

  it("gives the same points when a tick runs twice, or an earlier one after it", async () => {
    const { repository, open, close } = web();
    repository.issues = [issueOf(7, { labels: ["help"] })];
    await using collector = await startCollector({ model: { repositories: [repository] } });
    open();
    await collector.collect(hours(0));
    close();
    const first = await collector.collect(hours(1));
    expect(await collector.collect(hours(1))).toEqual(first);
    await collector.collect(hours(2));
    expect(await collector.collect(hours(1))).toEqual(first);
  });

  it("lasts from when it was last seen, though an earlier tick runs after", async () => {
    const { repository, open, close } = web();
    await using collector = await startCollector({ model: { repositories: [repository] } });
    open();
    await collector.collect(hours(2));
    await collector.collect(hours(1));
    close();
    expect(linesOf((await collector.collect(hours(26))).points)).toContain(`${bug} = 0`);
  });
});

/** A repository with a pull request that has a label. */
const withBug = (name: string, members: Partial<ModelRepository> = {}): ModelRepository =>
  repositoryOf(name, { pullRequests: [pullRequestOf(1, { labels: ["bug"] })], ...members });

/** What is said of a repository that has nothing any more. */
const zeroLines = (name: string): string[] => [
  `github.issues.open repository:${name} = 0`,
  `github.pull_requests.draft repository:${name} = 0`,
  `github.pull_requests.open repository:${name} = 0`,
  `github.pull_requests.open.by_author repository:${name} author:alice = 0`,
  `github.pull_requests.open.by_label repository:${name} label:bug = 0`,
];

/** Ticks of one installation, whose GitHub and configuration change in between. */
class Installation {
  readonly model: GitHubModel = { repositories: [] };
  readonly memory = new TextMemory('{"version":1,"series":{}}');
  #hours = 0;

  /** The lines of a tick about one repository, and whether something failed. */
  async tick(
    configured: string,
    faults: (request: ReceivedRequest) => Fault | undefined = () => undefined,
  ): Promise<{ of: (name: string) => string[]; failed: string[]; remarks: readonly string[] }> {
    const config = { repositories: configured.split(",") };
    const { model, memory } = this;
    await using collector = await startCollector({ model, memory, config, faults });
    const { points, failures, remarks } = await collector.collect(hours((this.#hours += 1)));
    const of = (name: string): string[] =>
      linesOf(points.filter(({ tags }) => tags.includes(`repository:${name}`)));
    return { of, failed: failures.map(({ subject }) => subject), remarks };
  }
}

const down: Fault = { kind: "status", status: 502 };
const brokenWhere =
  (pattern: RegExp) =>
  ({ body }: ReceivedRequest): Fault | undefined =>
    pattern.test(body.toString("utf8")) ? down : undefined;

describe("a repository that is gone", () => {
  it("has zeros under an owner's name: archived, renamed, transferred or deleted", async () => {
    const installation = new Installation();
    const { model } = installation;
    const names = ["a/archived", "a/before", "a/moved", "a/deleted"];
    model.repositories = [...names, "a/stays"].map((name) => withBug(name));
    const first = await installation.tick("a/*");
    for (const name of names) expect(first.of(name)).not.toContain(zeroLines(name)[2]);
    model.repositories = [
      withBug("a/archived", { isArchived: true }),
      withBug("a/after", { formerNames: ["a/before"] }),
      withBug("b/moved", { formerNames: ["a/moved"] }),
      withBug("a/stays"),
    ];
    for (const _ of ["the next tick", "and the one after"]) {
      const { of } = await installation.tick("a/*");
      for (const name of names) expect(of(name)).toEqual(zeroLines(name));
      for (const name of ["a/after", "a/stays"]) {
        expect(of(name)).toContain(`github.pull_requests.open repository:${name} = 1`);
      }
    }
  });

  it("has zeros for a day, and then no more", async () => {
    const installation = new Installation();
    installation.model.repositories = [withBug("a/x"), withBug("a/y")];
    await installation.tick("a/*");
    installation.model.repositories = [withBug("a/y")];
    for (let hour = 1; hour <= 24; hour++) {
      expect((await installation.tick("a/*")).of("a/x")).toEqual(zeroLines("a/x"));
    }
    expect((await installation.tick("a/*")).of("a/x")).toEqual([]);
  });

  it("has zeros under its old name where it is configured by that", async () => {
    const installation = new Installation();
    installation.model.repositories = [withBug("a/x")];
    await installation.tick("a/x");
    installation.model.repositories = [withBug("a/renamed", { formerNames: ["a/x"] })];
    const { of, remarks } = await installation.tick("a/x");
    expect(of("a/x")).toEqual(zeroLines("a/x"));
    expect(of("a/renamed")).toContain("github.pull_requests.open repository:a/renamed = 1");
    expect(remarks).toEqual(["a/x is now a/renamed, and counted under that name"]);
  });

  it("has zeros where it was taken out of the configuration, whatever else fails", async () => {
    const installation = new Installation();
    installation.model.repositories = [withBug("a/x"), withBug("b/y"), withBug("b/z")];
    await installation.tick("a/x,b/*");
    expect((await installation.tick("b/*,c/nope")).of("a/x")).toEqual(zeroLines("a/x"));
    const { of, failed } = await installation.tick("a/x");
    expect(failed).toEqual([]);
    expect(of("b/y")).toEqual(zeroLines("b/y"));
    expect(of("a/x")).toContain("github.pull_requests.open repository:a/x = 1");
  });

  it("is not taken for one that is only spelled otherwise now, which Datadog does not tell from it", async () => {
    const installation = new Installation();
    installation.model.repositories = [withBug("a/X")];
    await installation.tick("a/x");
    installation.model.repositories = [withBug("a/x")];
    expect((await installation.tick("a/x")).of("a/X")).toEqual([]);
  });
});

describe("a repository that cannot be collected has no zeros", () => {
  it.each<[string, string, RegExp]>([
    ["it fails by its name", "a/x", /pullRequests/],
    ["its owner cannot be listed", "a/*", /repositoryOwner/],
    ["its pages fail after its owner was listed", "a/*", /\.\.\.PullRequests/],
  ])("where %s", async (_, configured, broken) => {
    const installation = new Installation();
    installation.model.repositories = [withBug("a/x")];
    await installation.tick(configured);
    const { of, failed } = await installation.tick(configured, brokenWhere(broken));
    expect(failed).toHaveLength(1);
    expect(of("a/x")).toEqual([]);
    installation.model.repositories = [repositoryOf("a/x")];
    expect((await installation.tick(configured)).of("a/x")).toEqual(zeroLines("a/x"));
  });

  it("where it was renamed long ago, and cannot be reached by the configured name", async () => {
    const installation = new Installation();
    installation.model.repositories = [withBug("a/now", { formerNames: ["a/then"] })];
    await installation.tick("A/then");
    for (const _ of ["the next tick", "and the one after"]) {
      const { of, failed } = await installation.tick("A/then", () => down);
      expect(failed).toEqual(["A/then"]);
      expect(of("a/now")).toEqual([]);
    }
    installation.model.repositories = [withBug("a/other", { formerNames: ["a/then"] })];
    expect((await installation.tick("A/then")).of("a/now")).toEqual(zeroLines("a/now"));
  });

  it("where two names lead to it, and its pages fail", async () => {
    const installation = new Installation();
    installation.model.repositories = [withBug("a/now", { formerNames: ["a/then"] })];
    await installation.tick("a/then,a/now");
    const { of, failed } = await installation.tick("a/then,a/now", brokenWhere(/\.\.\.PullRequests/));
    expect(failed).toEqual(["a/then"]);
    expect(of("a/now")).toEqual([]);
  });
});

describe("the memory of series", () => {
  it.each([
    [undefined, "no series of earlier ticks are kept yet, or they were lost"],
    ["no json", "cannot be read"],
    ["null", "cannot be read"],
    ['{"version":2,"series":{}}', "another version"],
    ['{"version":1,"series":{"[":1}}', "cannot be read"],
  ])("that is %j costs zeros only, and is said", async (text, remark) => {
    const { repository, open } = web();
    open();
    const memory = new TextMemory(text);
    await using collector = await startCollector({ model: { repositories: [repository] }, memory });
    const { points, remarks } = await collector.collect();
    expect(linesOf(points)).toContain(`${bug} = 1`);
    expect(remarks).toEqual([expect.stringContaining(remark)]);
    expect(JSON.parse(memory.text ?? "")).toMatchObject({ version: 1 });
    expect((await collector.collect()).remarks).toEqual([]);
  });

  it("that cannot be read or written costs zeros only, and is said", async () => {
    const { repository, open } = web();
    open();
    const memory = new RefusedMemory();
    await using collector = await startCollector({ model: { repositories: [repository] }, memory });
    const { points, remarks } = await collector.collect();
    expect(linesOf(points)).toContain(`${bug} = 1`);
    expect(remarks).toEqual([
      expect.stringMatching(/cannot be read \(EACCES/),
      expect.stringMatching(/could not be kept: EACCES/),
    ]);
  });

  it("holds what was reported of those that may vanish, and when", async () => {
    const { repository, open } = web();
    open();
    await using collector = await startCollector({ model: { repositories: [repository] } });
    await collector.collect();
    expect(JSON.parse(collector.memory.text ?? "")).toEqual({
      version: 1,
      series: {
        '["github.pull_requests.open.by_author","repository:acme/web","author:alice"]': tickMs,
        '["github.pull_requests.open.by_label","repository:acme/web","label:bug"]': tickMs,
      },
    });
  });
});
