import { describe, expect, it } from "vitest";

import type { DeliveryReport } from "../../lib/firehose/endpoint.ts";
import { errorTo, reportTo } from "../../lib/log.ts";
import { recordingMetrics, silentLog, type Emitted } from "../support/emitted.ts";

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

function emittedFor(...changes: readonly Partial<DeliveryReport>[]): readonly Emitted[] {
  const { metrics, emitted } = recordingMetrics();
  const report = reportTo(silentLog, metrics);
  const usual = { requestId: "id", stream: "hydrant-mackerel", destination: "mackerel", status: 200 };
  const counts = { records: 1, accepted: 0, merged: 0, rejected: {}, expired: {}, retry: 0 };
  for (const change of changes) report({ ...usual, ...counts, milliseconds: 1, ...change });
  return emitted;
}

describe("the metrics of a delivery", () => {
  it("tell once what became of each point, at the attempt that ends it", () => {
    const first = { status: 503, accepted: 5, merged: 2, retry: 4 };
    const last = {
      accepted: 6,
      merged: 2,
      rejected: { "not-a-metric": 1, "bad-name": 1 },
      expired: { a: 1 },
    };
    const dimensions = { stream: "hydrant-mackerel", destination: "mackerel" };
    expect(emittedFor(first, last)).toEqual([
      { dimensions, values: { RetryPoints: 11 } },
      { dimensions, values: { AcceptedPoints: 6, MergedPoints: 2, RejectedPoints: 2, ExpiredPoints: 1 } },
    ]);
  });

  it("count every point as coming again at 503, whatever it was reported as", () => {
    const report = { status: 503, accepted: 1, merged: 2, rejected: { a: 3 }, expired: { b: 4 }, retry: 5 };
    expect(emittedFor(report)).toMatchObject([{ values: { RetryPoints: 15 } }]);
  });

  it("are not there for what proved no key", () => {
    expect(emittedFor({ status: 401 }, { status: 400 }, { status: 500 }, { records: 0 })).toEqual([]);
    const empty = { destination: "service", records: 1 };
    const old = { destination: "service", status: 503, retry: 1 };
    expect(emittedFor(empty, old)).toEqual([]);
  });

  it("are the same few for all streams of the pass-through, whose callers name them", () => {
    const accepted = { destination: "service", accepted: 1 };
    const emitted = emittedFor({ ...accepted, stream: "one" }, { ...accepted, stream: "other", status: 503 });
    expect(emitted.map(({ dimensions }) => dimensions)).toEqual([
      { destination: "service" },
      { destination: "service" },
    ]);
  });
});
