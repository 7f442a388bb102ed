import fc from "fast-check";

import { metricTypes, type MetricPoint } from "../../lib/point.ts";

/** The moment at which tests live. */
export const nowMs = 1_800_000_000_000;

/** A point that every service takes, but for what is said otherwise. */
export function pointOf(members: Partial<MetricPoint> = {}): MetricPoint {
  return { name: "builds", value: 1, timestampMs: nowMs, type: "gauge", tags: [], ...members };
}

/** As many points as asked for, each a series of its own: `p0`, `p1`, and so on. */
export function pointsOf(count: number, members: Partial<MetricPoint> = {}): MetricPoint[] {
  return Array.from({ length: count }, (_, index) =>
    pointOf({ ...members, name: `p${index}`, value: index }),
  );
}

const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const name = fc.oneof(
  fc.constantFrom("a", "a.b", "a-b", "a_b", "p", "1a"),
  text,
  fc.constant("n".repeat(201)),
);
const tag = fc.oneof(fc.constantFrom("k:a", "k:a/b", "k:a-b", "l:a", "k:", "k"), text);

/** Around the edges of every service's window, and far outside. */
const timestampMs = fc.oneof(
  fc.integer({ min: nowMs - 2_000, max: nowMs + 2_000 }),
  fc
    .constantFrom(3_600_000, 86_400_000, -600_000)
    .chain((ageMs) => fc.integer({ min: nowMs - ageMs - 2_000, max: nowMs - ageMs + 2_000 })),
  fc.integer({ min: 0, max: 4_000_000_000_000 }),
);

/** Any point a format may answer; many of them meet in one series, or almost. */
export const anyPoint: fc.Arbitrary<MetricPoint> = fc.record({
  name,
  value: fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ noNaN: true, noDefaultInfinity: true })),
  timestampMs,
  type: fc.constantFrom(...metricTypes),
  tags: fc.array(tag, { maxLength: 3 }),
  unit: fc.option(text, { nil: undefined }),
  intervalSeconds: fc.option(fc.integer({ min: 1, max: 86_400 }), { nil: undefined }),
  service: fc.option(fc.constantFrom("shop", "stock", "../../v0/hosts"), { nil: undefined }),
  host: fc.option(fc.oneof(fc.constantFrom("h1", "h2"), text), { nil: undefined }),
});
