import { describe, expect, it } from "vitest";

import type { Collected, Collector } from "../../lib/collector.ts";
import type { MetricPoint } from "../../lib/point.ts";
import { toTickLambda } from "../../lib/tick-lambda.ts";
import { runTick, type TickParts, type TickSignals } from "../../lib/tick.ts";
import { SkippingClock } from "../support/clock.ts";
import { pointOf } from "../support/points.ts";
import { TurnedClock } from "../support/turned-clock.ts";

const scheduled = new Date("2026-03-04T05:05:42.123Z");
const signals: TickSignals = { collect: new AbortController().signal, put: new AbortController().signal };
const failure = { subject: "acme/nope", reason: "gone" };
const collected: Collected = {
  points: [pointOf(), pointOf({ name: "other" })],
  repositories: 3,
  failures: [failure],
  remarks: ["said"],
};

interface Put {
  readonly stream: string;
  readonly points: readonly MetricPoint[];
}

/** A tick of this collector, which takes 1.5 s; the streams named so refuse. */
function partsOf(collect: Collector["collect"], streams: readonly string[]): TickParts & { puts: Put[] } {
  const clock = new SkippingClock(scheduled.getTime());
  const puts: Put[] = [];
  return {
    puts,
    clock,
    streams,
    collector: {
      name: "test",
      collect: (...given) => {
        clock.advance(1_500);
        return collect(...given);
      },
    },
    producer: {
      put: (stream, points) => {
        if (stream === "broken") return Promise.reject(new Error("no such stream"));
        puts.push({ stream, points: [...points] });
        return Promise.resolve({ points: 0, records: 1, billedBytes: 0 });
      },
    },
  };
}

const ownValues = (points: readonly MetricPoint[]): Record<string, number> =>
  Object.fromEntries(
    points.filter(({ name }) => name.startsWith("hydrant.")).map(({ name, value }) => [name, value]),
  );

describe("a tick", () => {
  it("puts what was collected, a heartbeat and what there is to say about collecting on every stream", async () => {
    const parts = partsOf(() => Promise.resolve(collected), ["a", "b"]);
    const report = await runTick(parts, scheduled, signals);
    expect(parts.puts.map(({ stream }) => stream)).toEqual(["a", "b"]);
    for (const { points } of parts.puts) {
      expect(points.slice(0, 2)).toEqual(collected.points);
      expect(ownValues(points)).toEqual({
        "hydrant.heartbeat": 1,
        "hydrant.collector.points": 2,
        "hydrant.collector.repositories.collected": 3,
        "hydrant.collector.repositories.failed": 1,
        "hydrant.collector.seconds": 1.5,
      });
      const own = points.slice(2).map(({ timestampMs }) => timestampMs);
      expect(new Set(own)).toEqual(new Set([Date.parse("2026-03-04T05:05:00.000Z")]));
    }
    expect(report).toEqual({
      collector: "test",
      scheduledTime: scheduled.toISOString(),
      points: 7,
      repositories: 3,
      failures: [failure],
      remarks: ["said"],
      milliseconds: 1_500,
      puts: [
        { stream: "a", records: 1 },
        { stream: "b", records: 1 },
      ],
    });
  });

  it("has a heartbeat where the collector broke, and says that it did", async () => {
    const parts = partsOf(() => Promise.reject(new Error("nobody foresaw it")), ["a"]);
    const report = await runTick(parts, scheduled, signals);
    expect(report.failures).toEqual([{ subject: "test", reason: "nobody foresaw it" }]);
    expect(ownValues(parts.puts[0]?.points ?? [])).toMatchObject({
      "hydrant.heartbeat": 1,
      "hydrant.collector.repositories.failed": 1,
    });
  });

  it("puts on the other streams where one refuses", async () => {
    const parts = partsOf(() => Promise.resolve(collected), ["broken", "b"]);
    const { puts } = await runTick(parts, scheduled, signals);
    expect(puts).toEqual([
      { stream: "broken", records: 0, error: "no such stream" },
      { stream: "b", records: 1 },
    ]);
  });
});

describe("a tick in Lambda", () => {
  it.each([
    [120_000, 103_000, 118_000],
    [10_000, 5_000, 8_000],
  ])("with %i ms left collects for %i ms and puts until %i ms", async (leftMs, collectMs, putMs) => {
    const clock = new TurnedClock();
    const seen: number[][] = [];
    const report = await runTick(
      partsOf(() => Promise.resolve(collected), ["a"]),
      scheduled,
      signals,
    );
    const tick = async (date: Date, given: TickSignals): Promise<typeof report> => {
      expect(date).toEqual(new Date("2026-03-04T05:05:00Z"));
      seen.push(clock.sleepsMs());
      clock.turn(collectMs);
      await Promise.resolve();
      expect([given.collect.aborted, given.put.aborted]).toEqual([true, false]);
      return report;
    };
    const lambda = toTickLambda({ tick, clock, report: () => undefined });
    const context = { getRemainingTimeInMillis: () => leftMs };
    await lambda({ scheduledTime: "2026-03-04T05:05:00Z" }, context);
    expect(seen).toEqual([[collectMs, putMs]]);
    expect(clock.sleepsMs()).toEqual([]);
  });
});
