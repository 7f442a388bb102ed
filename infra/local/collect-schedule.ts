import { abortAfter, type Clock } from "../../lib/clock.ts";
import { streamsOf, type Config } from "../../lib/config.ts";
import { createProducer } from "../../lib/firehose/producer.ts";
import { connectGitHub, memoryOf } from "../../lib/github/connect.ts";
import type { Progress } from "../../lib/github/round.ts";
import type { Fetch } from "../../lib/github/send-in-time.ts";
import { scheduleOf, type Schedule } from "../../lib/schedule.ts";
import { runTick, type TickReport } from "../../lib/tick.ts";
import { CollectProgress } from "./collect-progress.ts";
import { localClient } from "./firehose-target.ts";
import type { Terminal } from "./terminal-line.ts";

/** What happens on the schedule, to be told. */
export type CollectEvent =
  | { readonly kind: "waiting"; readonly until: Date }
  | { readonly kind: "started"; readonly scheduled: Date }
  | { readonly kind: "ticked"; readonly report: TickReport }
  /** Their time came while another tick ran, or while the machine slept. */
  | { readonly kind: "skipped"; readonly ticks: number; readonly from: Date }
  | { readonly kind: "over" };

export interface CollectScheduleParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly fetch: Fetch;
  /** Of the host whose streams the points go on. */
  readonly hostUrl: string;
  readonly report: (event: CollectEvent) => void;
  /** Where a long tick shows how far it is; standard error where nothing else is given. */
  readonly terminal?: Terminal;
}

export interface Collecting {
  /** Ends a tick that runs, which puts what it has unless `now` aborts, and starts no more. */
  stop(now?: AbortSignal): Promise<void>;
}

/**
 * Collects on the configured schedule and puts the points on the host's streams, one tick at a time.
 * @throws ConfigError where no repositories are configured.
 */
export function startCollecting(config: Config, parts: CollectScheduleParts): Collecting {
  const { clock, random, fetch, hostUrl, report, terminal = process.stderr } = parts;
  const client = localClient(hostUrl);
  const progress = new CollectProgress(clock, terminal);
  const onProgress = (each: Progress): void => progress.show(each);
  const tickParts = {
    collector: connectGitHub(config, { clock, fetch, memory: memoryOf(config), onProgress }),
    producer: createProducer(client, clock, random),
    streams: streamsOf(config).map(({ name }) => name),
    clock,
  };
  const cutting = new AbortController();
  const cut = (): void => cutting.abort(new Error("the host was stopped at once"));
  const isRate = config.schedule.expression.startsWith("rate");
  const timetable = {
    schedule: scheduleOf(config.schedule),
    clock,
    report,
    first: isRate ? new Date(Math.floor(clock.nowMs() / minuteMs) * minuteMs) : undefined,
    tick: (scheduled: Date, signal: AbortSignal) => {
      progress.begin();
      return runTick(tickParts, scheduled, { collect: signal, put: cutting.signal });
    },
  };
  const stopping = new AbortController();
  const running = keepTime(timetable, stopping.signal);
  return {
    async stop(now) {
      stopping.abort(new Error("the host was stopped"));
      if (now?.aborted) cut();
      now?.addEventListener("abort", cut);
      await running;
      client.destroy();
    },
  };
}

const minuteMs = 60_000;

/** As long as Lambda would let it. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxTickMs = 15 * minuteMs;

export interface Timetable {
  readonly schedule: Schedule;
  readonly clock: Clock;
  readonly report: (event: CollectEvent) => void;
  /** As EventBridge Scheduler starts a rate: at once. */
  readonly first: Date | undefined;
  readonly tick: (scheduled: Date, signal: AbortSignal) => Promise<TickReport>;
}

/** Runs the ticks of a timetable one after the other, until the signal aborts or none is left; never rejects. */
export async function keepTime(timetable: Timetable, stop: AbortSignal): Promise<void> {
  const { schedule, clock, report } = timetable;
  let next = timetable.first ?? schedule.nextAfter(new Date(clock.nowMs()));
  while (next !== undefined) {
    if (next.getTime() > clock.nowMs()) report({ kind: "waiting", until: next });
    if (!(await waitUntil(next, clock, stop))) return;
    const due = dueAt(next, timetable);
    report({ kind: "started", scheduled: due });
    report({ kind: "ticked", report: await tickInTime(due, timetable, stop) });
    next = skipPassed(due, timetable);
  }
  report({ kind: "over" });
}

async function tickInTime(due: Date, { clock, tick }: Timetable, stop: AbortSignal): Promise<TickReport> {
  using limit = abortAfter(clock, maxTickMs, `the tick took ${maxTickMs / minuteMs} minutes`);
  return await tick(due, AbortSignal.any([stop, limit.signal]));
}

/** In steps, so that a clock that is set or a machine that slept is noticed. */
async function waitUntil(date: Date, clock: Clock, stop: AbortSignal): Promise<boolean> {
  while (!stop.aborted) {
    const waitMs = date.getTime() - clock.nowMs();
    if (waitMs <= 0) return true;
    await clock.sleep(Math.min(waitMs, minuteMs), stop).catch(() => undefined);
  }
  return false;
}

/** The planned moment; after the machine slept this minute, since what is collected now is true of none before. */
function dueAt(planned: Date, timetable: Timetable): Date {
  const nowMs = timetable.clock.nowMs();
  if (nowMs - planned.getTime() < minuteMs) return planned;
  reportSkipped(planned, planned, timetable);
  return new Date(Math.floor(nowMs / minuteMs) * minuteMs);
}

/** The moment after those that came while the tick ran. */
function skipPassed(due: Date, timetable: Timetable): Date | undefined {
  const { schedule, clock } = timetable;
  const next = schedule.nextAfter(due);
  if (next === undefined || next.getTime() > clock.nowMs()) return next;
  return reportSkipped(next, due, timetable);
}

/** Tells of the moments from the first one until now; gives the one after them. */
function reportSkipped(first: Date, after: Date, { schedule, clock, report }: Timetable): Date | undefined {
  let ticks = first === after ? 1 : 0;
  let next = schedule.nextAfter(after);
  while (next !== undefined && next.getTime() <= clock.nowMs()) {
    ticks += 1;
    next = schedule.nextAfter(next);
  }
  report({ kind: "skipped", ticks, from: first });
  return next;
}
