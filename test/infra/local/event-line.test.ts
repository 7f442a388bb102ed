import { describe, expect, it } from "vitest";
import type { HostEvent } from "../../../infra/local/delivery-event.ts";
import { eventJson, eventLine, reportLine } from "../../../infra/local/event-line.ts";

const delivery = {
  id: 1,
  stream: "web",
  requestId: "r1",
  timestampMs: 0,
  firstRecord: 1,
  lastRecord: 2,
  records: 2,
  bytes: 20,
};
const failure = {
  kind: "failed",
  errorCode: "HttpEndpoint.ConnectionFailed",
  errorMessage: "no\u001b[2J",
} as const;
const failed = { delivery, attempts: 3, failure };

const events: readonly [HostEvent, RegExp][] = [
  [{ kind: "delivered", delivery, attempts: 3 }, /^web: 2 records delivered \(attempt 3, request r1\)$/],
  [
    { kind: "failed", ...failed, retryMs: 4100 },
    /not delivered, again in 4\.1 s: HttpEndpoint\.ConnectionFailed: no/,
  ],
  [{ kind: "dropped", ...failed }, /DROPPED WITHOUT A BACKUP/],
  [{ kind: "backed-up", ...failed, key: "web/x" }, /kept in the backup as web\/x/],
  [
    { kind: "not-backed-up", ...failed, reason: "EROFS", retryMs: 1000 },
    /NEITHER DELIVERED NOR BACKED UP, again in 1\.0 s: EROFS/,
  ],
];

describe("an event", () => {
  it.each(events)("is a line for people, safe for a terminal: $kind", (event, words) => {
    expect(eventLine(event)).toMatch(words);
    expect(eventLine(event)).not.toMatch(/\p{Cc}/u);
  });

  it.each(events)("is a flat line of JSON for programs: $kind", (event) => {
    const json = JSON.parse(eventJson(event, 0)) as Record<string, unknown>;
    expect(json).toMatchObject({
      time: "1970-01-01T00:00:00.000Z",
      kind: event.kind,
      stream: "web",
      requestId: "r1",
      records: 2,
      attempts: 3,
    });
    expect(json["errorCode"]).toBe(event.kind === "delivered" ? undefined : failure.errorCode);
    expect(Object.values(json).filter((value) => typeof value === "object")).toEqual([]);
  });

  it("tells of a failing disk", () => {
    const event: HostEvent = { kind: "disk-failed", stream: "web", reason: "full", retryMs: 5000 };
    expect(eventLine(event)).toBe("web: THE DISK FAILS: full; again in 5.0 s");
    expect(JSON.parse(eventJson(event, 0))).toMatchObject({ kind: "disk-failed", reason: "full" });
  });
});

describe("a delivery report", () => {
  it("is a line for people with every count that is not zero", () => {
    const report = {
      requestId: "r1",
      stream: "web",
      destination: "preview",
      status: 503,
      records: 2,
      accepted: 1,
      merged: 2,
      rejected: { "invalid-name": 3 },
      expired: { "too-old": 4 },
      retry: 5,
      milliseconds: 6,
      error: "down",
    };
    expect(reportLine(report)).toBe(
      "web -> preview: 503, 1 point, 2 merged, 3 rejected (invalid-name), 4 expired (too-old), 5 to retry, down, 6 ms",
    );
  });
});
