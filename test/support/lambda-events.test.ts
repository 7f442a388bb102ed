import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { lambdaEvents, lambdaEventsFolder } from "./lambda-events.ts";

it("keeps the ready events as `node test/support/lambda-events.ts` writes them", () => {
  const files = lambdaEvents();
  expect(readdirSync(lambdaEventsFolder).toSorted()).toEqual([...files.keys()].toSorted());
  expect(files.size).toBe(10);
  for (const [name, text] of files) {
    expect(readFileSync(new URL(name, lambdaEventsFolder), "utf8"), name).toBe(text);
  }
});
