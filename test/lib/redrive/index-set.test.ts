import fc from "fast-check";
import { expect, it } from "vitest";

import { IndexSet } from "../../../lib/redrive/index-set.ts";
import { runs } from "../../support/runs.ts";

it("a set of indexes holds what was added, in runs that never touch, and is the same when read back", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 })), (indexes) => {
      const set = new IndexSet();
      for (const index of indexes) set.add(index);
      const expected = new Set(indexes);
      const held = Array.from({ length: 62 }, (_, index) => index).filter((index) => set.has(index));
      expect(held).toEqual([...expected].toSorted((a, b) => a - b));
      expect(set.size).toBe(expected.size);
      for (const [at, [first]] of set.runs.entries())
        expect(first).toBeGreaterThan((set.runs[at - 1]?.[1] ?? -2) + 1);
      expect(new IndexSet(set.runs)).toEqual(set);
    }),
    { numRuns: runs(1_000) },
  );
});
