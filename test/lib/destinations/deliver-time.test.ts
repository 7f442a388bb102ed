import { describe, expect, it } from "vitest";

import { retryAfterMs } from "../../../lib/destinations/retry-after.ts";
import { nowMs, pointOf, pointsOf } from "../../support/points.ts";
import { tryDelivery } from "../../support/deliveries.ts";
import type { Fault } from "../../support/faults.ts";

const throttled = (retryAfter?: string): Fault => ({
  kind: "status",
  status: 429,
  ...(retryAfter === undefined ? {} : { headers: { "retry-after": retryAfter } }),
});
const httpDate = (ms: number): string => new Date(ms).toUTCString();

describe("a rate limit", () => {
  it.each([
    ["as many seconds as it asks for", "7", 7_000],
    ["until the date it asks for", httpDate(nowMs + 9_000), 9_000],
    ["a second where it asks for nothing", undefined, 1_000],
    ["a second where it asks for words", "soon", 1_000],
    ["a second, not none, where it asks for none", "0", 1_000],
    ["a second, not none, where its date is past", httpDate(nowMs - 9_000), 1_000],
  ])("is waited for: %s", async (_, retryAfter, ms) => {
    const { accepted, tookMs, service } = await tryDelivery(pointsOf(3), { faults: [throttled(retryAfter)] });
    expect([accepted, tookMs]).toEqual([3, ms]);
    expect(service.requests.map(({ status }) => status)).toEqual([429, 200]);
  });

  it("is waited for longer each time that it is met again", async () => {
    const faults = Array.from({ length: 4 }, () => throttled());
    const { accepted, service } = await tryDelivery(pointsOf(1), { faults });
    const starts = service.requests.map(({ startMs }) => startMs - nowMs);
    expect([accepted, starts]).toEqual([1, [0, 1_000, 3_000, 7_000, 15_000]]);
  });

  it("counts once where four requests that are open together meet it", async () => {
    const faults = Array.from({ length: 4 }, () => throttled());
    const { accepted, tookMs } = await tryDelivery(pointsOf(8), { limits: { maxPoints: 1 }, faults });
    expect([accepted, tookMs]).toEqual([8, 1_000]);
  });

  it("is forgotten with the first request that passes", async () => {
    const faults = [throttled(), throttled(), undefined, throttled()];
    const { tookMs } = await tryDelivery(pointsOf(2), { limits: { maxPoints: 1 }, faults });
    expect(tookMs).toBe(2_000);
  });

  it("never hurries a service that asks for no wait for ever", async () => {
    const { retry, service } = await tryDelivery(pointsOf(1), { faults: () => throttled("0") });
    expect(retry).toBe(1);
    expect(service.requests.length).toBeLessThan(12);
  });

  it("that one request meets holds back all others", async () => {
    const { accepted, service } = await tryDelivery(pointsOf(20), {
      limits: { maxPoints: 1 },
      faults: [undefined, throttled("30")],
    });
    const early = service.requests.filter(({ startMs }) => startMs < nowMs + 30_000);
    expect(accepted).toBe(20);
    expect(early.length).toBeLessThanOrEqual(4);
  });

  it("makes nothing that was accepted travel again", async () => {
    const { accepted, service } = await tryDelivery(pointsOf(40), {
      limits: { maxPoints: 2 },
      faults: (index) => (index % 3 === 1 ? throttled("5") : undefined),
    });
    expect(accepted).toBe(40);
    expect(new Set(service.stored).size).toBe(service.stored.length);
  });

  it.each(["150", "99999999999999999999", httpDate(nowMs + 150_000)])(
    "that lasts beyond the deadline (%s) is answered at once",
    async (retryAfter) => {
      const { retry, tookMs, service } = await tryDelivery(pointsOf(90), {
        limits: { maxPoints: 3 },
        faults: () => throttled(retryAfter),
      });
      expect([retry, tookMs]).toEqual([90, 0]);
      expect(service.requests.length).toBeLessThanOrEqual(4);
    },
  );
});

describe("the deadline of a delivery", () => {
  const deadlineMs = 20_000;

  it.each([
    ["hangs", () => ({ kind: "hang" })],
    ["is slow", () => ({ kind: "slow", ms: 3_000 })],
    ["throttles for ever", () => throttled("4")],
    [
      "does each in turn",
      (index: number) => [throttled(), { kind: "hang" }, { kind: "slow", ms: 5_000 }][index % 3],
    ],
  ] as [string, (index: number) => Fault][])("ends it in time when the service %s", async (_, faults) => {
    const delivered = await tryDelivery(pointsOf(100), { limits: { maxPoints: 1 }, faults, deadlineMs });
    expect(delivered.tookMs).toBeLessThanOrEqual(deadlineMs);
    expect(delivered.retry).toBeGreaterThan(0);
    expect(delivered.accepted).toBe(delivered.service.stored.length);
  });

  it("leaves what is unsent for later, with the reason", async () => {
    const { retry, problems, tookMs } = await tryDelivery(pointsOf(1), {
      faults: [{ kind: "hang" }],
      deadlineMs,
    });
    expect([retry, tookMs]).toEqual([1, deadlineMs]);
    expect(problems).toEqual(["mackerel gave no answer: the time for this delivery is up"]);
  });

  it("sends nothing when it is over before the start", async () => {
    const { retry, service } = await tryDelivery(pointsOf(9), { limits: { maxPoints: 1 }, deadlineMs: -1 });
    expect([retry, service.stored.length]).toEqual([9, 0]);
  });

  it("is not waited for by a request that gets no answer for 30 seconds", async () => {
    const { retry, problems, tookMs } = await tryDelivery(pointsOf(1), { faults: [{ kind: "hang" }] });
    expect([retry, tookMs]).toEqual([1, 30_000]);
    expect(problems).toEqual(["mackerel gave no answer: none within 30 seconds"]);
  });
});

describe("a point that leaves its service's window while it waits to be sent", () => {
  it("expires, since the service would drop it without a word", async () => {
    const old = [1, 2].map((value) => pointOf({ value, timestampMs: nowMs - 86_400_000 + 5_000 }));
    const { accepted, expired, service } = await tryDelivery([...old, ...pointsOf(3)], {
      faults: [throttled("10")],
    });
    expect([accepted, service.stored.length]).toEqual([3, 3]);
    expect(expired).toMatchObject(old.map((point) => ({ point, reason: "too-old" })));
  });
});

describe("the wait that a header asks for", () => {
  it.each([
    ["3", 3_000],
    ["  3 ", 3_000],
    [httpDate(nowMs + 2_000), 2_000],
    [httpDate(nowMs - 2_000), 0],
    ["9".repeat(400), Infinity],
    ["", undefined],
    ["later", undefined],
    ["1.5", undefined],
    ["-5", undefined],
  ])("%j is %s ms", (text, ms) => {
    expect(retryAfterMs({ "retry-after": text }, nowMs)).toBe(ms);
  });

  it("is none without the header", () => {
    expect(retryAfterMs({}, nowMs)).toBeUndefined();
  });
});
