import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { datadog } from "../../../lib/destinations/datadog.ts";
import type { Destination } from "../../../lib/destinations/destination.ts";
import { mackerel } from "../../../lib/destinations/mackerel.ts";
import { plan } from "../../../lib/destinations/plan.ts";
import type { MetricPoint } from "../../../lib/point.ts";
import { anyPoint, nowMs, pointOf } from "../../support/points.ts";
import { runs } from "../../support/runs.ts";

const toDatadog = datadog({ apiKey: "k", apiUrl: "https://dd", historical: ["old"] });
const toMackerel = mackerel({ apiKey: "k", apiUrl: "https://m", service: "shop", services: ["stock"] });

/** The points to send, each with those it stands for. */
function parcelsOf(
  points: readonly MetricPoint[],
  to: Destination,
): { point: MetricPoint; sources: readonly MetricPoint[] }[] {
  const { routes, merged } = plan(points, to, nowMs);
  return [...routes.values()].flat().map((point) => ({ point, sources: merged.get(point) ?? [point] }));
}

const valuesOf = (points: readonly MetricPoint[], to = toDatadog): number[] =>
  parcelsOf(points, to).map(({ point }) => point.value);

describe("points of one series and second", () => {
  it("are summed where they are counts", () => {
    expect(valuesOf([1, 2, 4].map((value) => pointOf({ type: "count", value })))).toEqual([7]);
  });

  it.each(["gauge", "rate"] as const)("are the last one where they are of type %s", (type) => {
    expect(valuesOf([1, 4, 2].map((value) => pointOf({ type, value })))).toEqual([2]);
  });

  it("are all kept where they are of a distribution", () => {
    expect(valuesOf([1, 1, 2].map((value) => pointOf({ type: "distribution", value })))).toEqual([1, 1, 2]);
  });

  it("are one series at Datadog in whatever order their tags stand", () => {
    const some = ["a:1", "b:2"];
    expect(valuesOf([pointOf({ tags: some }), pointOf({ tags: some.toReversed(), value: 5 })])).toEqual([5]);
  });

  it("stay apart where the second, the tags, the host or the service tell them apart", () => {
    const points = [{}, { timestampMs: nowMs - 1 }, { tags: ["a:1"] }].map(pointOf);
    expect(valuesOf(points, toMackerel)).toHaveLength(3);
    expect(valuesOf([...points, pointOf({ host: "h" })])).toHaveLength(4);
    expect(valuesOf([...points, pointOf({ service: "stock" })], toMackerel)).toHaveLength(4);
  });

  it("meet within the second, not only within the millisecond", () => {
    const points = [0, 999].map((ms) => pointOf({ type: "count", timestampMs: nowMs + ms }));
    expect(valuesOf(points)).toEqual([2]);
    expect(parcelsOf(points, toDatadog)[0]?.sources).toEqual(points);
  });

  it("are refused one by one where the sum of counts would not be finite", () => {
    const points = [1.7e308, 1.7e308, 1].map((value) => pointOf({ type: "count", value }));
    const { rejected } = plan(points, toDatadog, nowMs);
    expect(rejected).toMatchObject([{ point: points[1], reason: "invalid-value" }]);
    expect(valuesOf(points)).toEqual([1.7e308]);
  });
});

describe("different series that a service cannot tell apart", () => {
  it.each([
    ["tags at Mackerel", toMackerel, { tags: ["r:a/b"] }, { tags: ["r:a-b"] }],
    ["a name and a tag at Mackerel", toMackerel, { name: "n.a" }, { name: "n", tags: ["k:a"] }],
    ["keys of tags at Mackerel", toMackerel, { tags: ["k:a"] }, { tags: ["l:a"] }],
    ["hosts at Mackerel", toMackerel, { host: "h1" }, { host: "h2" }],
    ["the case of tags at Datadog", toDatadog, { tags: ["env:Prod"] }, { tags: ["env:prod"] }],
    ["names at Datadog", toDatadog, { name: "a-b" }, { name: "a_b" }],
    ["types", toDatadog, { type: "count" }, { type: "gauge" }],
  ] as const)("%s: the first is sent, the others are a name-collision", (_, to, one, other) => {
    const points = [pointOf(one), pointOf(other), pointOf(one)];
    const { rejected } = plan(points, to, nowMs);
    expect(rejected).toMatchObject([{ point: points[1], reason: "name-collision" }]);
    expect(parcelsOf(points, to)).toMatchObject([{ sources: [points[0], points[2]] }]);
  });

  it("do not collide in different seconds", () => {
    const points = [pointOf({ tags: ["r:a/b"] }), pointOf({ tags: ["r:a-b"], timestampMs: nowMs - 1000 })];
    expect(plan(points, toMackerel, nowMs).rejected).toEqual([]);
  });

  it.each([
    ["a tag with a line break and two tags", { tags: ["a:1\nb:2"] }, { tags: ["a:1", "b:2"] }],
    ["a host with a line break and a tag", { host: "h\na:1" }, { host: "h", tags: ["a:1"] }],
  ])("are not taken for such: %s", (_, one, other) => {
    expect(parcelsOf([pointOf(one), pointOf(other)], toDatadog)).toHaveLength(2);
  });
});

const hour = 3_600_000;
const placeOf = (to: Destination, ageMs: number, members: Partial<MetricPoint> = {}): string => {
  const placement = to.place(pointOf({ ...members, timestampMs: nowMs - ageMs }), nowMs);
  return placement.kind === "expired" ? placement.reason : placement.kind;
};

describe("a point outside the window of its service", () => {
  it.each([
    [toDatadog, hour, "route"],
    [toDatadog, hour + 1, "too-old"],
    [toDatadog, -10 * 60_000, "route"],
    [toDatadog, -10 * 60_000 - 1000, "too-far-ahead"],
    [toMackerel, 24 * hour, "route"],
    [toMackerel, 24 * hour + 1, "too-old"],
    [toMackerel, -24 * hour, "route"],
  ])("expires at %j, %i ms old: %s", (to, ageMs, place) => {
    expect(placeOf(to, ageMs)).toBe(place);
  });

  it("expires by the whole second that it is sent as, which is up to a second older", () => {
    expect(toDatadog.place(pointOf({ timestampMs: nowMs - hour + 500 }), nowMs + 400).kind).toBe("expired");
    expect(toMackerel.place(pointOf({ timestampMs: nowMs - 24 * hour + 500 }), nowMs + 400).kind).toBe(
      "expired",
    );
  });

  it("is sent where historical ingestion is on, but for the future and for distributions", () => {
    expect(placeOf(toDatadog, 999 * hour, { name: "old" })).toBe("route");
    expect(placeOf(toDatadog, 999 * hour, { name: "old", type: "distribution" })).toBe("too-old");
    expect(placeOf(toDatadog, -hour, { name: "old" })).toBe("too-far-ahead");
    const all = datadog({ apiKey: "k", apiUrl: "https://dd", historical: ["*"] });
    expect(placeOf(all, 999 * hour, { name: "other" })).toBe("route");
  });
});

describe.each([toDatadog, toMackerel])("whatever the points, a plan for $name", (to) => {
  it("has every point exactly once: sent, merged into one that is, rejected or expired", () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { maxLength: 30 }), (points) => {
        const { rejected, expired } = plan(points, to, nowMs);
        const sources = parcelsOf(points, to).flatMap((parcel) => parcel.sources);
        const placed = [
          ...sources,
          ...rejected.map(({ point }) => point),
          ...expired.map(({ point }) => point),
        ];
        expect(placed).toHaveLength(points.length);
        expect(new Set(placed)).toEqual(new Set(points));
      }),
      { numRuns: runs(2_000) },
    );
  });
});

const types = { gauges: "gauge", counts: "count", rates: "rate", spread: "distribution" } as const;
const meeting = fc
  .record({
    name: fc.constantFrom("gauges", "counts", "rates", "spread"),
    value: fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    timestampMs: fc.integer({ min: nowMs, max: nowMs + 3_000 }),
    tags: fc.shuffledSubarray(["a:1", "b:2"]),
  })
  .map((point) => pointOf({ ...point, type: types[point.name] }));

/** The same by a plain reading of the rule: a line a value, in the order of the series' first points. */
function mergedPlainly(points: readonly MetricPoint[]): string[] {
  const groups = Object.groupBy(points, ({ name, timestampMs, tags }) =>
    [name, Math.floor(timestampMs / 1000), ...tags.toSorted()].join(" "),
  );
  return Object.entries(groups).flatMap(([series, group = []]) => {
    const values = group.map(({ value }) => value);
    if (group[0]?.type === "distribution") return values.map((value) => `${series} ${value}`);
    return [`${series} ${group[0]?.type === "count" ? values.reduce((a, b) => a + b) : values.at(-1)}`];
  });
}

it("merging gives what a plain reading of the rule gives", () => {
  fc.assert(
    fc.property(fc.array(meeting, { maxLength: 30 }), (points) => {
      const merged = parcelsOf(points, toDatadog).flatMap(({ point }) => mergedPlainly([point]));
      expect(merged.toSorted()).toEqual(mergedPlainly(points).toSorted());
    }),
    { numRuns: runs(2_000) },
  );
});
