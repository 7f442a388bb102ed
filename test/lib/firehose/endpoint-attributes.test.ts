import { describe, expect, it } from "vitest";

import { line, rawText, startPipeline } from "../../support/pipeline.ts";

describe("the common attribute", () => {
  it("`service` is where points go that name none", async () => {
    await using pipeline = await startPipeline();
    await pipeline.deliver([line(), line({ name: "own", service: "shop" })], {
      attributes: { service: "stock" },
    });
    expect([...pipeline.mackerel.series("stock").keys()]).toEqual(["builds"]);
    expect([...pipeline.mackerel.series("shop").keys()]).toEqual(["own"]);
  });

  it("`service`, empty, is none", async () => {
    await using pipeline = await startPipeline();
    await pipeline.deliver([line()], { attributes: { service: "" } });
    expect([...pipeline.mackerel.series("shop").keys()]).toEqual(["builds"]);
  });

  it.each([
    ["is not allowed", "secret", "service-not-allowed"],
    ["would be a path", "../../v0/hosts", "service-not-allowed"],
    ["is allowed and does not exist", "gone", "service-not-found"],
  ])("`service` that %s has its points rejected", async (_, service, reason) => {
    await using pipeline = await startPipeline();
    const { status, report } = await pipeline.deliver([line()], { attributes: { service } });
    expect([status, report.rejected]).toEqual([200, { [reason]: 1 }]);
    expect(await pipeline.kept()).toMatchObject([{ records: [{ errorCode: reason }] }]);
    expect(
      pipeline.mackerel.requests.every(({ path }) => /^\/api\/v0\/services\/gone\/tsdb$/.test(path)),
    ).toBe(true);
  });

  it("`tags` is added to every point, after its own", async () => {
    await using pipeline = await startPipeline();
    const attributes = { tags: "env:prod, team:検索,," };
    await pipeline.deliver([line({ tags: ["a:1"] }), "text 1 1800000000"], { attributes });
    await pipeline.deliver([line({ tags: ["a:1"] })], { attributes, path: "/datadog" });
    expect(pipeline.datadog.points()).toMatchObject([{ tags: ["a:1", "env:prod", "team:検索"] }]);
    expect([...pipeline.mackerel.series("shop").keys()]).toEqual([
      expect.stringMatching(/^builds\.1\.prod\.__-[0-9a-f]{6}$/),
      expect.stringMatching(/^text\.prod\.__-[0-9a-f]{6}$/),
    ]);
  });

  it("`prefix` stands before every name", async () => {
    await using pipeline = await startPipeline();
    await pipeline.deliver([line()], { attributes: { prefix: "acme." } });
    expect([...pipeline.mackerel.series("shop").keys()]).toEqual(["acme.builds"]);
  });

  it("`format` fixes what a record is, whatever it looks like", async () => {
    await using pipeline = await startPipeline();
    const { report } = await pipeline.deliver([line(), "text 1 1800000000"], {
      attributes: { format: "mackerel" },
    });
    expect(report).toMatchObject({ accepted: 1, rejected: { "not-a-metric": 1 } });
  });

  it("of another name is somebody else's", async () => {
    await using pipeline = await startPipeline();
    const header = '{"commonAttributes":{"owner":"team-a","__proto__":"x","toString":"y"},"other":1}';
    const headers = { "x-amz-firehose-common-attributes": header };
    const { report } = await pipeline.deliver([line()], { headers });
    expect(report.accepted).toBe(1);
  });
});

it("a header of common attributes without any is none", async () => {
  await using pipeline = await startPipeline();
  const headers = { "x-amz-firehose-common-attributes": "{}" };
  expect((await pipeline.deliver([line()], { headers })).report.accepted).toBe(1);
});

it("what attributes add is not in what is kept", async () => {
  await using pipeline = await startPipeline();
  const bad = line({ name: "a b" });
  await pipeline.deliver([bad], { attributes: { prefix: "p.", tags: "k:v" } });
  const [object] = await pipeline.kept();
  expect(object?.records.map(rawText)).toEqual([bad]);
});
