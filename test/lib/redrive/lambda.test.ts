import { expect, it } from "vitest";

import { toRedriveLambda } from "../../../lib/redrive/lambda.ts";
import { Tally, type StreamReport } from "../../../lib/redrive/report.ts";
import { HandClock } from "../../support/clock.ts";

/** An invocation of a function of 15 minutes; each stream takes what it is given, and no more. */
async function invoke(takeMs: Readonly<Record<string, number>>, ending: "done" | "failed" = "done") {
  const clock = new HandClock(0);
  const reports: StreamReport[] = [];
  const stopped: Record<string, boolean> = {};
  const handler = toRedriveLambda({
    streams: Object.keys(takeMs),
    clock,
    report: (report) => reports.push(report),
    redrive: async (stream, stop) => {
      clock.advance(takeMs[stream] ?? 0);
      await Promise.resolve();
      stopped[stream] = stop.aborted;
      return new Tally(stream).report(ending, "it takes nothing");
    },
  });
  const handled = handler({}, { getRemainingTimeInMillis: () => 900_000 - clock.nowMs() });
  return { handled, reports, stopped };
}

it("a run of the function ends in time for the last note, and each stream has its share", async () => {
  const quick = await invoke({ a: 400_000, b: 400_000 });
  await quick.handled;
  expect(quick.stopped).toEqual({ a: false, b: false });
  const slow = await invoke({ a: 430_000, b: 425_000 });
  await slow.handled;
  expect(slow.stopped).toEqual({ a: true, b: true });
});

it("a run of the function fails where a stream takes nothing, after it has tried the others", async () => {
  const { handled, reports } = await invoke({ a: 1, b: 1 }, "failed");
  await expect(handled).rejects.toThrow("a: it takes nothing; b: it takes nothing");
  expect(reports).toHaveLength(2);
});
