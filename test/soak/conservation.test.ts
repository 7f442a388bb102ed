import { describe, expect, it } from "vitest";

import { runConservation, type Size } from "./conservation.ts";
import { fates, firstId, kindOf, pointsPerRecord } from "./points.ts";

/** A tenth of a soak's trouble, and a fiftieth of its points: `npm run soak` has all. */
const small: Size = { records: 210, recordsACall: 2, unitMs: 1_000, retrySeconds: 1, patienceMs: 60_000 };

const isWhole = { missing: [], twice: [], misplaced: [], strange: [] };

describe("the conservation of points", () => {
  it("finds every acknowledged point exactly once, delivered, rejected or expired, whatever goes wrong", async () => {
    const report = await runConservation(small);
    expect(report).toMatchObject(isWhole);
    expect(report.acknowledged).toBe(small.records * pointsPerRecord);
    expect(report.found).toEqual(countFates(small.records));
    // Trouble came indeed.
    expect(report.kills).toBe(2);
    expect(report.backedUp).toBeGreaterThan(0);
    expect(report.resent).toBeGreaterThan(0);
    expect(report.gate.failedEntries).toBeGreaterThan(0);
    // Which of a phase's faults are drawn depends on when requests come; each kind of them does come.
    for (const kind of [/^403$/, /^429$/, /^5/, /^none$/]) {
      expect(Object.keys(report.answers)).toContainEqual(expect.stringMatching(kind));
    }
  }, 90_000);

  it("shows a loss: a service that says it stored what it did not", async () => {
    const lie = { kind: "status", status: 200, body: '{"success":true}' } as const;
    const report = await runConservation({
      ...small,
      records: 20,
      schedule: [{ name: "lies", units: 4, share: 1, faults: [lie] }],
    });
    expect(report.missing.length).toBeGreaterThan(0);
    expect(report).toMatchObject({ ...isWhole, missing: expect.any(Array) });
  }, 30_000);
});

function countFates(records: number): Record<string, number> {
  const counts = { delivered: 0, rejected: 0, expired: 0 };
  for (let id = firstId; id < firstId + records * pointsPerRecord; id++) counts[fates[kindOf(id)]]++;
  return counts;
}
