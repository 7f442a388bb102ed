import { expect, it } from "vitest";

import { deliver } from "../../../lib/destinations/deliver.ts";
import { previewOutlet } from "../../../lib/destinations/preview.ts";
import type { MetricPoint } from "../../../lib/point.ts";
import { nowMs, pointOf } from "../../support/points.ts";
import { SteppingClock } from "../../support/stepping-clock.ts";

async function preview(...points: Partial<MetricPoint>[]): Promise<string[]> {
  const lines: string[] = [];
  const clock = new SteppingClock(nowMs);
  const outlet = previewOutlet((line) => lines.push(line));
  const { accepted, retry, rejected } = await clock.settle(
    deliver(points.map(pointOf), outlet, { clock, untilMs: nowMs + 1_000 }),
  );
  expect([accepted, retry, rejected]).toEqual([lines.length, 0, []]);
  return lines;
}

it("the preview shows a point a line", async () => {
  const point = { name: "builds", value: 1.5, unit: "second", tags: ["a:1", "b:2"], service: "shop" };
  expect(await preview({}, { ...point, type: "rate" })).toEqual([
    "2027-01-15T08:00:00Z  builds  1  gauge",
    "2027-01-15T08:00:00Z  builds  1.5 second  rate  a:1 b:2  service shop",
  ]);
});

it("the preview shows what differs in host or service apart, and merges what is one series", async () => {
  expect(await preview({}, { host: "h" }, { service: "shop" }, { service: "stock" })).toHaveLength(4);
  expect(await preview({ type: "count", value: 2 }, { type: "count", value: 3 })).toEqual([
    "2027-01-15T08:00:00Z  builds  5  count",
  ]);
});
