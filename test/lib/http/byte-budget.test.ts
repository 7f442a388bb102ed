import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ByteBudget } from "../../../lib/http/byte-budget.ts";

describe("a budget of bytes", () => {
  it("is never overdrawn, and whole again when all is given back", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60)), (sizes) => {
        const budget = new ByteBudget(100);
        const held: { size: number; hold: Disposable }[] = [];
        for (const size of sizes) {
          const heldBytes = held.reduce((sum, each) => sum + each.size, 0);
          const hold = budget.take(size);
          expect(hold !== undefined).toBe(heldBytes + size <= 100);
          if (hold !== undefined) held.push({ size, hold });
          if (size % 3 === 0) held.shift()?.hold[Symbol.dispose]();
        }
        for (const { hold } of held) hold[Symbol.dispose]();
        expect(budget.take(100)).toBeDefined();
      }),
    );
  });

  it("gives back what was taken once, however often that is said", () => {
    const budget = new ByteBudget(100);
    const hold = budget.take(100);
    hold?.[Symbol.dispose]();
    hold?.[Symbol.dispose]();
    expect(budget.take(101)).toBeUndefined();
  });

  it("gives back all but what turned out to be needed", () => {
    const budget = new ByteBudget(100);
    const hold = budget.take(100);
    hold?.shrink(30);
    hold?.shrink(90);
    expect(budget.take(71)).toBeUndefined();
    expect(budget.take(70)).toBeDefined();
    hold?.[Symbol.dispose]();
    expect(budget.take(31)).toBeUndefined();
    expect(budget.take(30)).toBeDefined();
  });

  it.each([
    ["what a body announces", "30", 70],
    ["the most it may be, where it announces more", "1000", 50],
    ["the most it may be, where it announces nothing", undefined, 50],
    ["the most it may be, where it announces nonsense", "-1e9", 50],
  ])("takes %s", (_, length, left) => {
    const budget = new ByteBudget(100);
    const headers = length === undefined ? [] : [["content-length", length] as [string, string]];
    budget.takeBody(new Request("http://x", { method: "POST", headers }), 50);
    expect(budget.take(left + 1)).toBeUndefined();
    expect(budget.take(left)).toBeDefined();
  });
});
