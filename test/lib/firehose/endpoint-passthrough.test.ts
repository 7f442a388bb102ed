import { describe, expect, it } from "vitest";

import { keys, line, startPipeline, type Pipeline, type Sent } from "../../support/pipeline.ts";

const start = (services = ["shop", "anything"]): Promise<Pipeline> =>
  startPipeline({ env: { HYDRANT_PASSTHROUGH: "1" }, services });

/** A delivery of the mode in which the access key is Mackerel's. */
const sent = (key: string | undefined, attributes: Sent["attributes"] = { service: "anything" }): Sent => ({
  path: "/service",
  headers: { "x-amz-firehose-access-key": key },
  attributes,
});

describe("the path /service", () => {
  it.each(["POST", "GET"])("is 404 to %s as long as it is not switched on", async (method) => {
    await using pipeline = await startPipeline();
    expect((await pipeline.deliver([line()], { ...sent(keys.mackerel), method })).status).toBe(404);
  });

  it("sends to any service of the account whose API key the access key is", async () => {
    await using pipeline = await start();
    const { status, report } = await pipeline.deliver([line()], sent(keys.mackerel));
    expect([status, report.accepted, report.destination]).toEqual([200, 1, "service"]);
    expect(pipeline.mackerel.points()).toMatchObject([{ service: "anything", name: "builds" }]);
    expect(pipeline.mackerel.requests[0]?.headers["x-api-key"]).toBe(keys.mackerel);
  });

  it.each([
    ["401", "guess"],
    ["401 to Hydrant's own access key, which is none of Mackerel's", keys.access],
    ["403", "reader"],
  ])("answers 401 where Mackerel answers %s, and keeps nothing", async (_, key) => {
    await using pipeline = await start();
    const { status, report } = await pipeline.deliver([`${line()}\nnonsense`], sent(key));
    expect([status, report.retry]).toEqual([401, 2]);
    expect(await pipeline.kept()).toEqual([]);
    expect(JSON.stringify(pipeline.reports)).not.toContain(key);
  });

  it.each([undefined, ""])("answers 401 where the access key is %j, without asking Mackerel", async (key) => {
    await using pipeline = await start();
    expect((await pipeline.deliver([line()], sent(key))).status).toBe(401);
    expect(pipeline.mackerel.requests).toEqual([]);
  });

  it.each([
    [{}],
    [{ service: "" }],
    [{ service: "a" }],
    [{ service: "../../v0/hosts" }],
    [{ service: "shop/tsdb?" }],
    [{ service: "_shop" }],
    [{ service: "s".repeat(64) }],
  ])("answers 400 where the attributes are %j, which name no service", async (attributes) => {
    await using pipeline = await start();
    expect((await pipeline.deliver([line()], sent(keys.mackerel, attributes))).status).toBe(400);
    expect(pipeline.mackerel.requests).toEqual([]);
  });

  it("answers 405 and 400 as every path does", async () => {
    await using pipeline = await start();
    expect((await pipeline.deliver([], { ...sent(keys.mackerel), method: "PUT" })).status).toBe(405);
    expect((await pipeline.deliver([], { ...sent(keys.mackerel), body: "{" })).status).toBe(400);
  });

  it("answers 503 where the service does not exist, since it can be made", async () => {
    await using pipeline = await start(["shop"]);
    expect((await pipeline.deliver([line()], sent(keys.mackerel))).status).toBe(503);
  });

  it("has no point sent to a service that the record names itself", async () => {
    await using pipeline = await start();
    const { report } = await pipeline.deliver([line(), line({ service: "shop" })], sent(keys.mackerel));
    expect(report).toMatchObject({ accepted: 1, rejected: { "service-not-allowed": 1 } });
    expect(pipeline.mackerel.points()).toMatchObject([{ service: "anything" }]);
  });

  it("keeps what is refused only for a key that Mackerel took", async () => {
    await using pipeline = await start();
    expect((await pipeline.deliver(["nonsense"], sent("guess"))).status).toBe(503);
    expect(await pipeline.kept()).toEqual([]);
    expect((await pipeline.deliver([`${line()}\nnonsense`], sent(keys.mackerel))).status).toBe(200);
    expect(await pipeline.kept()).toHaveLength(1);
  });

  it("leaves the other paths to Hydrant's own access keys", async () => {
    await using pipeline = await start();
    expect((await pipeline.deliver([line()], { ...sent(keys.mackerel), path: "/mackerel" })).status).toBe(
      401,
    );
  });
});
