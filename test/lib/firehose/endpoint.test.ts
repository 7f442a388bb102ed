import { describe, expect, it } from "vitest";

import { outletsOf } from "../../../lib/destinations/index.ts";
import { readConfig } from "../../../lib/config.ts";
import { createEndpoint } from "../../../lib/firehose/endpoint.ts";
import type { Fault } from "../../support/faults.ts";
import { MemoryService } from "../../support/memory-service.ts";
import { expectContract, line, requestOf, startPipeline, type Reply } from "../../support/pipeline.ts";
import { nowMs } from "../../support/points.ts";
import { SteppingClock } from "../../support/stepping-clock.ts";

const status = (code: number, headers: Readonly<Record<string, string>> = {}): Fault => ({
  kind: "status",
  status: code,
  headers,
});

describe("the endpoint answers 200", () => {
  it.each(["/mackerel", "/datadog"])("when %s accepted every point", async (path) => {
    await using pipeline = await startPipeline();
    const { report } = await pipeline.deliver([line(), `${line({ name: "a" })}\n${line({ name: "b" })}`], {
      path,
    });
    expect(report).toEqual({
      requestId: "0c1f9f54-8f4b-4f0e-9a67-6bf1d1a5b6f3",
      stream: "hydrant-test",
      destination: path.slice(1),
      status: 200,
      records: 2,
      accepted: 3,
      merged: 0,
      rejected: {},
      expired: {},
      retry: 0,
      milliseconds: 0,
      error: undefined,
    });
    expect(pipeline.mackerel.points().length + pipeline.datadog.points().length).toBe(3);
  });

  it("when what was not accepted is safely in rejected/ or expired/", async () => {
    await using pipeline = await startPipeline();
    const old = line({ name: "old", time: nowMs / 1000 - 90_000 });
    const { status: answered, report } = await pipeline.deliver([
      `${line({ name: "a b" })}\nnonsense`,
      line(),
      old,
    ]);
    expect(answered).toBe(200);
    expect(report).toMatchObject({
      accepted: 1,
      rejected: { "not-a-metric": 1, "invalid-name": 1 },
      expired: { "too-old": 1 },
      retry: 0,
    });
    expect(await pipeline.kept()).toHaveLength(2);
  });

  it("when there is nothing to deliver", async () => {
    await using pipeline = await startPipeline();
    for (const records of [[], [""], ["\n", " "]])
      expect(await pipeline.deliver(records)).toMatchObject({ status: 200 });
    expect(pipeline.mackerel.requests).toEqual([]);
    expect(await pipeline.kept()).toEqual([]);
  });
});

describe("the endpoint answers 503, so that Firehose sends again and in the end backs up,", () => {
  it.each([
    ["a destination's 408", status(408)],
    ["a destination's 429 that lasts beyond the deadline", status(429, { "retry-after": "999" })],
    ["a destination's 500", status(500)],
    ["a destination's 503", status(503)],
    ["a status that is not named", status(418)],
    ["a redirect", status(307, { location: "https://elsewhere.test/" })],
    ["a network error", { kind: "reset" }],
    ["an answer that breaks off", { kind: "truncated" }],
    ["a page in place of an answer", { kind: "wrong-body" }],
    ["a destination's 401", status(401)],
    ["a destination's 403", status(403)],
    ["a destination's 404 for the configured service", status(404)],
  ] as const)("after %s, and nothing is kept", async (_, fault) => {
    await using pipeline = await startPipeline({ faults: () => fault });
    const { status: answered, report, errorMessage } = await pipeline.deliver([`${line()}\nnonsense`]);
    expect(answered).toBe(503);
    expect(report).toMatchObject({ records: 1, accepted: 0, rejected: {}, expired: {}, retry: 2 });
    expect(errorMessage).toMatch(/^Points that could not be delivered yet: 1; mackerel /);
    expect(await pipeline.kept()).toEqual([]);
  });

  it("when the destination gives no answer within the deadline", async () => {
    const clock = new SteppingClock(nowMs);
    const service = new MemoryService({ clock, faults: () => ({ kind: "hang" }) });
    const config = readConfig({ MACKEREL_API_KEY: "k", MACKEREL_SERVICE: "shop", HYDRANT_ACCESS_KEYS: "a" });
    const endpoint = createEndpoint({
      accessKeys: ["a"],
      outlets: outletsOf(config, service.send),
      backup: { write: () => Promise.resolve() },
      clock,
      report: () => undefined,
    });
    const request = requestOf([line()], { headers: { "x-amz-firehose-access-key": "a" } });
    const response = await clock.settle(endpoint(request, 25_000));
    expect([response.status, clock.nowMs() - nowMs]).toEqual([503, 25_000]);
    expect(await expectContract(response, request)).toContain("the time for this delivery is up");
  });

  it("when some points are accepted and others may be later", async () => {
    await using pipeline = await startPipeline({
      faults: ({ path }) => (path.includes("stock") ? status(500) : undefined),
    });
    const { report } = await pipeline.deliver([line(), line({ service: "stock" })]);
    expect(report).toMatchObject({ status: 503, accepted: 1, retry: 1 });
  });

  it("when every one of ten points or more is refused, since that is no matter of points", async () => {
    await using pipeline = await startPipeline({ refuses: () => true });
    const records = Array.from({ length: 10 }, (_, index) => line({ name: `p${index}` }));
    const { status: answered, report } = await pipeline.deliver(records);
    expect([answered, report.retry]).toEqual([503, 10]);
  });

  it("when the destination is known but not configured", async () => {
    await using pipeline = await startPipeline({ env: { DATADOG_API_KEY: "" } });
    const { status: answered, errorMessage } = await pipeline.deliver([line()], { path: "/datadog" });
    expect([answered, errorMessage]).toEqual([503, "The destination datadog is not configured."]);
  });

  it("when what was refused could not be kept", async () => {
    await using pipeline = await startPipeline({
      backup: { write: () => Promise.reject(Object.assign(new Error("/a/path"), { code: "ENOSPC" })) },
    });
    const { status: answered, report, errorMessage } = await pipeline.deliver([`${line()}\nnonsense`]);
    expect([answered, errorMessage]).toEqual([503, "Refused points could not be kept: ENOSPC"]);
    expect(report).toMatchObject({ accepted: 1, rejected: {}, retry: 1 });
  });
});

describe("the endpoint answers 500", () => {
  it("to anything unforeseen, and says no more", async () => {
    const request = requestOf([line()]);
    await request.text();
    const clock = new SteppingClock(nowMs);
    const reports: unknown[] = [];
    const endpoint = createEndpoint({
      accessKeys: ["access-key-now"],
      outlets: { "/mackerel": { destination: broken, send: () => Promise.reject(new Error("unused")) } },
      backup: { write: () => Promise.resolve() },
      clock,
      report: (report) => reports.push(report),
    });
    const fresh = requestOf([line()]);
    const response = await endpoint(fresh, 1_000);
    expect(response.status).toBe(500);
    expect(await expectContract(response, fresh)).not.toContain("a payload");
    expect(JSON.stringify(reports)).not.toContain("a payload");
    const used = await endpoint(request, 1_000);
    expect(used.status).toBe(500);
  });
});

const broken = {
  name: "broken",
  place(): never {
    throw new Error("quoting a payload");
  },
};

describe("a destination's 413", () => {
  it("splits the request and never becomes ours", async () => {
    const tooLarge: Fault = status(413);
    await using pipeline = await startPipeline({
      faults: (request) => (request.body.byteLength > 200 ? tooLarge : undefined),
    });
    const records = Array.from({ length: 20 }, (_, index) => line({ name: `p${index}` }));
    expect(await pipeline.deliver(records)).toMatchObject({ status: 200, report: { accepted: 20 } });
    const all = await pipeline.deliver([line({ name: "n".repeat(300) })]);
    expect(all).toMatchObject({ status: 200, report: { rejected: { "too-large": 1 } } });
  });
});

describe("deliveries that do not announce their length", () => {
  it("are taken side by side, as soon as each was read", async () => {
    const opened = Promise.withResolvers<void>();
    let open = 0;
    await using pipeline = await startPipeline({
      async send() {
        if (++open === 3) opened.resolve();
        await opened.promise;
        return { status: 200, headers: {}, body: '{"success":true}' };
      },
    });
    const replies: Promise<Reply>[] = [];
    for (let count = 0; count < 3; count++) {
      replies.push(pipeline.deliver([line()]));
      await expect.poll(() => open).toBe(count + 1);
    }
    expect((await Promise.all(replies)).map(({ status: answered }) => answered)).toEqual([200, 200, 200]);
  });
});

describe("a delivery that comes again", () => {
  it("is harmless to what was delivered before", async () => {
    await using pipeline = await startPipeline({ faults: [{ ...status(500), when: "after" }] });
    const records = [line({ type: "count", value: 2 }), line({ name: "b" })];
    expect((await pipeline.deliver(records)).status).toBe(503);
    expect((await pipeline.deliver(records)).status).toBe(200);
    const at = nowMs / 1000;
    expect(pipeline.mackerel.series("shop")).toEqual(
      new Map([
        ["builds", new Map([[at, 2]])],
        ["b", new Map([[at, 1]])],
      ]),
    );
  });

  it("keeps what is refused once, on the attempt that is answered 200", async () => {
    await using pipeline = await startPipeline({ faults: [status(500), status(503)] });
    const records = [`${line()}\nnonsense`];
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 4; attempt++) {
      statuses.push((await pipeline.deliver(records)).status);
      expect(await pipeline.kept()).toHaveLength(attempt < 2 ? 0 : 1);
    }
    expect(statuses).toEqual([503, 503, 200, 200]);
  });
});

describe("a redirect", () => {
  it("is not followed, so that the key goes nowhere else", async () => {
    await using elsewhere = await startPipeline();
    const location = `${elsewhere.mackerel.url}/api/v0/services/shop/tsdb`;
    await using pipeline = await startPipeline({ faults: () => status(307, { location }) });
    expect((await pipeline.deliver([line()])).status).toBe(503);
    expect(elsewhere.mackerel.requests).toEqual([]);
  });
});
