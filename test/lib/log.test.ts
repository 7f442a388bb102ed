import { expect, it } from "vitest";
import { errorTo } from "../../lib/log.ts";

it("logs where an error was thrown, and not what it says", () => {
  const logged: unknown[] = [];
  const report = errorTo({ error: (...line: readonly unknown[]) => void logged.push(line) });
  report(new SyntaxError("Unexpected token in a payload"));
  report("a thrown payload");
  const frames: unknown = expect.arrayContaining([expect.stringContaining("log.test.ts")]);
  expect(logged).toEqual([
    ["unforeseen", { error: { name: "SyntaxError", frames } }],
    ["unforeseen", { error: { name: "string", frames: [] } }],
  ]);
  expect(JSON.stringify(logged)).not.toContain("payload");
});
