import fc from "fast-check";
import { expect, it } from "vitest";

import { anyPoint, nowMs, pointsOf } from "../../support/points.ts";
import { toDatadog, toMackerel, total, tryDelivery } from "../../support/deliveries.ts";
import type { Fault } from "../../support/faults.ts";
import { runs } from "../../support/runs.ts";

/** Trouble that comes before the points are taken in. */
const refusal: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constant("status" as const),
  status: fc.constantFrom(401, 403, 404, 408, 418, 429, 429, 429, 500, 503),
  headers: fc.oneof(
    fc.constant({}),
    fc.constantFrom("0", "1", "60", "1000", "x", new Date(nowMs + 5_000).toUTCString()).map((wait) => ({
      "retry-after": wait,
    })),
  ),
});

/** Trouble by which an answer is lost or late, the points taken in or not. */
const loss: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("reset" as const, "hang" as const, "truncated" as const, "wrong-body" as const),
    when: fc.constantFrom("before" as const, "after" as const),
  }),
  fc.record({ kind: fc.constant("slow" as const), ms: fc.integer({ min: 1, max: 40_000 }) }),
);

const well = fc.constant(undefined);
const service = fc.record({
  faults: fc.array(fc.oneof({ weight: 3, arbitrary: well }, refusal, loss), { maxLength: 12 }),
  maxPoints: fc.integer({ min: 1, max: 30 }),
  limits: fc.record({ maxPoints: fc.integer({ min: 1, max: 20 }) }),
  destination: fc.constantFrom(toMackerel, toDatadog),
  deadlineMs: fc.integer({ min: 0, max: 150_000 }),
});

const digits = fc.uniqueArray(fc.nat(9), { maxLength: 9 });
const refusesEndingIn =
  (ends: readonly number[]) =>
  (name: string): boolean =>
    ends.some((end) => name.endsWith(`${end}`));

it("whatever the points and the service do, every point is in exactly one count, in time", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyPoint, { maxLength: 25 }), service, digits, async (points, trial, ends) => {
      const delivered = await tryDelivery(points, { ...trial, refuses: refusesEndingIn(ends) });
      expect(total(delivered)).toBe(points.length);
      expect(delivered.tookMs).toBeLessThanOrEqual(trial.deadlineMs);
      expect(delivered.service.mostOpen).toBeLessThanOrEqual(4);
      expect(delivered.problems.length > 0 || delivered.isUnauthorized).toBe(delivered.retry > 0);
    }),
    { numRuns: runs(1_500) },
  );
});

it("what is counted accepted is at the service, and what is counted rejected is not", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(60), service, digits, async (count, trial, ends) => {
      const points = pointsOf(count);
      const delivered = await tryDelivery(points, { ...trial, refuses: refusesEndingIn(ends) });
      const { accepted, rejected, retry, service: at } = delivered;
      const stored = new Set(at.stored);
      const lost = trial.faults.filter((fault) => fault?.when === "after").length;
      expect(at.stored).toHaveLength(stored.size);
      expect(stored.size).toBeGreaterThanOrEqual(accepted);
      if (lost === 0) expect(stored.size).toBe(accepted);
      for (const { point } of rejected) expect(stored).not.toContain(`${point.name} ${nowMs / 1000}`);
      expect(retry > 0).toBe(accepted + rejected.length < count);
    }),
    { numRuns: runs(1_500) },
  );
});

it("a service without faults gets all that it takes, and what it refuses is rejected", async () => {
  const culprits = fc.uniqueArray(fc.nat(199), { maxLength: 9 });
  const sizes = fc.record({
    requestPoints: fc.integer({ min: 1, max: 300 }),
    maxPoints: fc.integer({ min: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(culprits, sizes, async (bad, { requestPoints, maxPoints }) => {
      const names = new Set(bad.map((index) => `p${index}`));
      const {
        accepted,
        rejected,
        retry,
        service: at,
      } = await tryDelivery(pointsOf(200), {
        limits: { maxPoints: requestPoints },
        maxPoints,
        refuses: (name) => names.has(name),
      });
      expect([accepted, retry]).toEqual([200 - bad.length, 0]);
      expect(rejected.map(({ point }) => point.name).toSorted()).toEqual([...names].toSorted());
      expect(new Set(at.stored).size).toBe(200 - bad.length);
    }),
    { numRuns: runs(300) },
  );
});

it("a service that throttles and then takes requests gets each point once", async () => {
  const throttled: Fault = { kind: "status", status: 429 };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 20 }),
      fc.integer({ min: 1, max: 9 }),
      async (busy, size) => {
        const { accepted, service: at } = await tryDelivery(pointsOf(60), {
          limits: { maxPoints: size },
          faults: busy.map((isBusy) => (isBusy ? throttled : undefined)),
          deadlineMs: 10_000_000,
        });
        expect(accepted).toBe(60);
        expect(at.stored).toHaveLength(60);
      },
    ),
    { numRuns: runs(300) },
  );
});
