import { describe, expect, it } from "vitest";

import { linesOf, startCollector, TextMemory, tick, tickMs } from "../../support/github-collector.ts";
import { issueOf, pullRequestOf, repositoryOf, type ModelRepository } from "../../support/github-model.ts";

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
