import { access } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { collect } from "../../../infra/local/collect.ts";
import { collectLines } from "../../../infra/local/collect-line.ts";
import {
  keepTime,
  startCollecting,
  type CollectEvent,
  type Timetable,
} from "../../../infra/local/collect-schedule.ts";
import { systemClock } from "../../../lib/clock.ts";
import { readConfig } from "../../../lib/config.ts";
import { scheduleOf } from "../../../lib/schedule.ts";
import type { TickReport } from "../../../lib/tick.ts";
import { HandClock } from "../../support/clock.ts";
import { bot, numbered, pullRequestOf, repositoryOf, user } from "../../support/github-model.ts";
import { githubToken } from "../../support/github.ts";
import { spawnHydrant } from "../../support/host.ts";
import { SteppingClock } from "../../support/stepping-clock.ts";
import { startTickHost, type TickHost } from "../../support/tick-host.ts";
import { until } from "../../support/until.ts";

interface Ran {
  readonly exitCode: number | string;
  readonly out: string;
  readonly err: string;
}

async function hydrant(words: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  await using ran = spawnHydrant(words, env);
  const exitCode = await ran.ended;
  return { exitCode, out: ran.out.join("\n"), err: ran.err.join("\n") };
}

const model = {
  repositories: [
    repositoryOf("acme/web", {
      pullRequests: [
        pullRequestOf(1, { labels: ["bug"], reviewers: [user("bob")] }),
        pullRequestOf(2, { author: bot("renovate"), isDraft: true }),
      ],
    }),
  ],
};

const portOf = ({ host }: TickHost): Record<string, string> => ({ HYDRANT_PORT: new URL(host.url).port });

const one = { GITHUB_REPOSITORIES: "acme/web", GITHUB_TOKEN: githubToken };

/** A GitHub of one pull request, which has all of these labels on one page. */
const githubWith = (labels: readonly object[]) => (_: string, options: RequestInit) => {
  const end = { pageInfo: { hasNextPage: false, endCursor: null } };
  const list = { ...end, nodes: labels };
  const node = { id: "1", number: 1, author: null, isDraft: false, labels: list, assignees: null };
  const { query } = JSON.parse(options.body as string) as { query: string };
  const q0 = query.includes("totalCount")
    ? { nameWithOwner: "acme/web", pullRequests: { totalCount: 1 }, issues: { totalCount: 0 } }
    : { pullRequests: { ...end, nodes: [node] } };
  return Promise.resolve(Response.json({ data: { q0 } }));
};

describe("hydrant collect", () => {
  it("puts what it collects on every stream, and says how much", async () => {
    await using ticks = await startTickHost(model);
    const { exitCode, out, err } = await hydrant(["collect"], { ...ticks.env, ...portOf(ticks) });
    expect(out.split("\n")).toEqual([
      expect.stringMatching(/^1 repository collected: 13 points of \d{4}-\S+:00\.000Z, in \d+\.\d s$/),
      "put 13 points in 1 record on hydrant-datadog",
      "put 13 points in 1 record on hydrant-mackerel",
    ]);
    expect(err).toMatch(/^note: no series of earlier ticks are kept yet[^\n]*$/);
    expect(exitCode).toBe(0);
    const values = await ticks.values("github.pull_requests.open", ["repository:acme/web"], 1);
    expect(values).toEqual({ datadog: [2], mackerel: [2] });
  });

  it("shows with --dry-run what would be put and how many series it makes, and puts nothing", async () => {
    await using ticks = await startTickHost(model);
    const { exitCode, out, err } = await hydrant(["collect", "--dry-run"], {
      ...ticks.env,
      HYDRANT_PORT: "1",
    });
    expect(exitCode).toBe(0);
    expect(out).toContain("github.pull_requests.open\n  2  repository:acme/web\n");
    expect(out).toContain(
      "github.pull_requests.open.by_author\n" +
        "  1  repository:acme/web author:alice\n" +
        "  1  repository:acme/web author:renovate\n",
    );
    expect(out).toContain("hydrant.heartbeat\n  1\n");
    expect(out).toContain("13 series at Datadog, 13 at Mackerel; nothing was put");
    expect(`${out}${err}`).not.toContain(githubToken);
    expect(ticks.host.waitingRecords()).toBe(0);
    await expect(access(join(ticks.host.folder, "memory"))).rejects.toThrow("ENOENT");
  });

  it("counts series as each service does", async () => {
    await using ticks = await startTickHost(model, { GITHUB_DETAIL: "1" });
    const { out } = await hydrant(["collect", "--dry-run", "--json"], ticks.env);
    const shown = JSON.parse(out) as { points: { name: string; tags?: string[] }[]; series: object };
    expect(shown).toMatchObject({ series: { datadog: 15, mackerel: 15 }, pointCount: 15 });
    expect(shown.points).toHaveLength(15);
    expect(shown.points.find(({ name }) => name.startsWith("datadog."))).toMatchObject({
      value: 1,
      tags: ["number:1", "author:alice", "repo:acme/web", "label:bug", "reviewer:bob"],
    });
  });

  it("says in JSON how many points it put, under the name that --dry-run has for it", async () => {
    await using ticks = await startTickHost(model);
    const { out } = await hydrant(["collect", "--json"], { ...ticks.env, ...portOf(ticks) });
    const told = JSON.parse(out) as Record<string, unknown>;
    expect(told).toMatchObject({ pointCount: 13, puts: [{ records: 1 }, { records: 1 }] });
    expect(Object.keys(told)).not.toContain("points");
  });

  it("shows with --dry-run any number of points", async () => {
    const labels = numbered(200_000, (number) => ({ name: `l${number}` }));
    const out: string[] = [];
    const print = {
      out: (line: string) => out.push(line),
      err: () => 0,
      style: (_: string, text: string) => text,
    };
    const exitCode = await collect(
      { dryRun: true, json: true, stream: [] },
      { config: readConfig(one), clock: systemClock, random: () => 0.5, fetch: githubWith(labels), print },
    );
    expect(exitCode).toBe(0);
    expect((JSON.parse(out.join("")) as { pointCount: number }).pointCount).toBe(200_009);
  });

  it("names the repositories that failed and why, puts the rest, and exits with 1", async () => {
    await using ticks = await startTickHost(model);
    const env = { ...ticks.env, ...portOf(ticks), GITHUB_REPOSITORIES: "acme/web,acme/nope" };
    const { exitCode, out, err } = await hydrant(["collect"], env);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^1 repository collected, 1 failed: 13 points/);
    expect(err).toMatch(/^failed: acme\/nope: GitHub finds no such repository/m);
  });

  it("says what is not configured, and what does not answer", async () => {
    for (const words of [["collect"], ["collect", "--dry-run"]]) {
      const unnamed = await hydrant(words, {});
      expect(unnamed).toMatchObject({ exitCode: 2, out: "" });
      expect(unnamed.err).toContain("GITHUB_REPOSITORIES must name the repositories to collect");
    }
    const alone = await hydrant(["collect"], { ...one, HYDRANT_PORT: "1" });
    expect(alone).toMatchObject({ exitCode: 1, out: "" });
    expect(alone.err).toContain("nothing listens");
  });
});

describe("the schedule at the local host", () => {
  it("takes a series through 0, 1, 0 at both services while a pull request opens and closes", async () => {
    const web = repositoryOf("acme/web");
    await using ticks = await startTickHost({ repositories: [web] });
    const clock = new HandClock(Math.floor(Date.now() / 300_000) * 300_000 - 1_200_000);
    const events: CollectEvent[] = [];
    const collecting = startCollecting(ticks.config, {
      clock,
      random: () => 0.5,
      fetch: globalThis.fetch,
      hostUrl: ticks.host.url,
      report: (event) => events.push(event),
    });
    const waits = (count: number): Promise<void> =>
      until(() => events.filter(({ kind }) => kind === "waiting").length >= count, `${count} waits`);
    await waits(1);
    web.pullRequests = [pullRequestOf(1)];
    for (let minutes = 0; minutes < 5; minutes++) {
      clock.advance(60_000);
      await new Promise(setImmediate);
    }
    await waits(2);
    web.pullRequests = [];
    for (let minutes = 0; minutes < 5; minutes++) {
      clock.advance(60_000);
      await new Promise(setImmediate);
    }
    await waits(3);
    await collecting.stop();
    expect(await ticks.values("github.pull_requests.open", ["repository:acme/web"], 3)).toEqual({
      datadog: [0, 1, 0],
      mackerel: [0, 1, 0],
    });
    expect(events.map(({ kind }) => kind).slice(0, 6)).toEqual([
      "started",
      "ticked",
      "waiting",
      "started",
      "ticked",
      "waiting",
    ]);
  });
});

describe("a tick that takes long", () => {
  it.each([
    [
      true,
      ["collector: 1 of 2 repositories are answered\n", "collector: 2 of 2 repositories are answered\n"],
    ],
    [false, []],
  ])("shows how far it is on a terminal, and nothing in a log: %j", async (isTTY, lines) => {
    const pullRequests = numbered(250, (number) => pullRequestOf(number));
    const repositories = [repositoryOf("acme/web", { pullRequests }), repositoryOf("acme/api")];
    await using ticks = await startTickHost({ repositories });
    const clock = new HandClock(Math.floor(Date.now() / 60_000) * 60_000);
    const written: string[] = [];
    const ended = Promise.withResolvers<void>();
    const collecting = startCollecting(ticks.config, {
      clock,
      random: () => 0.5,
      fetch: (url, options) => {
        clock.advance(4_000);
        return fetch(url, options);
      },
      hostUrl: ticks.host.url,
      report: ({ kind }) => (kind === "ticked" ? ended.resolve() : undefined),
      terminal: { isTTY, write: (text: string) => written.push(text) > 0 },
    });
    await ended.promise;
    await collecting.stop();
    expect(written).toEqual(lines);
  });
});

const report: TickReport = {
  collector: "github",
  scheduledTime: "2026-03-04T05:05:00.000Z",
  points: 13,
  repositories: 1,
  failures: [{ subject: "acme/nope", reason: "gone" }],
  remarks: ["said\u001b[31m"],
  milliseconds: 1_234,
  puts: [
    { stream: "a", records: 1 },
    { stream: "b", records: 0, error: "refused" },
  ],
};

const startMs = Date.parse("2026-03-04T05:02:30.000Z");

interface Kept {
  readonly ticks: string[];
  readonly events: CollectEvent[];
}

/** Keeps time until as many ticks ran, each of which takes this long; a clock that somebody sets by `jumpMs`. */
async function keep(
  expression: string,
  count: number,
  took: (tick: number) => number,
  first?: Date,
): Promise<Kept> {
  const clock = new SteppingClock(startMs);
  const stop = new AbortController();
  const kept: Kept = { ticks: [], events: [] };
  const timetable: Timetable = {
    schedule: scheduleOf({ expression, timezone: "UTC" }),
    clock,
    first,
    report: (event) => kept.events.push(event),
    tick: async (scheduled, signal) => {
      const minute = scheduled.toISOString().slice(11, 16);
      const now = new Date(clock.nowMs()).toISOString().slice(11, 19);
      kept.ticks.push(`${minute} at ${now}`);
      await clock.sleep(took(kept.ticks.length), signal).catch(() => undefined);
      if (kept.ticks.length === count) stop.abort(new Error("enough"));
      return report;
    },
  };
  await clock.settle(keepTime(timetable, stop.signal));
  return kept;
}

describe("keeping time", () => {
  it("runs each tick at its moment, a rate's first at once", async () => {
    const cron = await keep("cron(0/5 * * * ? *)", 3, () => 20_000);
    expect(cron.ticks).toEqual(["05:05 at 05:05:00", "05:10 at 05:10:00", "05:15 at 05:15:00"]);
    const rate = await keep("rate(5 minutes)", 2, () => 20_000, new Date("2026-03-04T05:02:00Z"));
    expect(rate.ticks).toEqual(["05:02 at 05:02:30", "05:05 at 05:05:00"]);
  });

  it("never runs two at a time: what comes while one runs is skipped, and said", async () => {
    const { ticks, events } = await keep("rate(5 minutes)", 3, (tick) => (tick === 1 ? 720_000 : 1_000));
    expect(ticks).toEqual(["05:05 at 05:05:00", "05:20 at 05:20:00", "05:25 at 05:25:00"]);
    expect(events).toContainEqual({ kind: "skipped", ticks: 2, from: new Date("2026-03-04T05:10:00Z") });
  });

  it("ends a tick that takes longer than Lambda would let it", async () => {
    const { ticks } = await keep("rate(5 minutes)", 2, (tick) => (tick === 1 ? 7_200_000 : 1_000));
    expect(ticks).toEqual(["05:05 at 05:05:00", "05:25 at 05:25:00"]);
  });

  it("collects for now after the machine slept, and says what was missed", async () => {
    const clock = new HandClock(startMs);
    const kept: Kept = { ticks: [], events: [] };
    const stop = new AbortController();
    const running = keepTime(
      {
        schedule: scheduleOf({ expression: "rate(5 minutes)", timezone: "UTC" }),
        clock,
        first: undefined,
        report: (event) => kept.events.push(event),
        tick: (scheduled) => {
          kept.ticks.push(scheduled.toISOString());
          stop.abort(new Error("enough"));
          return Promise.resolve(report);
        },
      },
      stop.signal,
    );
    clock.advance(3_600_000);
    await running;
    expect(kept.ticks).toEqual(["2026-03-04T06:02:00.000Z"]);
    expect(kept.events).toContainEqual({
      kind: "skipped",
      ticks: 12,
      from: new Date("2026-03-04T05:05:00Z"),
    });
  });

  it("ends where the schedule ends", async () => {
    const { ticks, events } = await keep("cron(0 6 4 3 ? 2026)", 9, () => 1_000);
    expect(ticks).toEqual(["06:00 at 06:00:00"]);
    expect(events.at(-1)).toEqual({ kind: "over" });
  });

  it("is told in lines for people, with nothing that a terminal would obey", () => {
    const lines = [
      ...collectLines({ kind: "waiting", until: new Date(startMs) }),
      ...collectLines({ kind: "skipped", ticks: 2, from: new Date(startMs) }),
      ...collectLines({ kind: "ticked", report }),
    ];
    expect(lines).toEqual([
      "collector: next at 2026-03-04T05:02:30Z",
      "collector: 2 ticks from 2026-03-04T05:02:30Z skipped, since one was running or the machine slept",
      "collector: 1 repository, 13 points on a, 1.2 s",
      "collector: b: refused",
      "collector: acme/nope FAILED: gone",
      String.raw`collector: note: said\u001b[31m`,
    ]);
  });
});
