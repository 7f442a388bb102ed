import { gzipSync } from "node:zlib";

import { describe, expect, it } from "vitest";

import { isAuthorized } from "../../../lib/firehose/access-key.ts";
import {
  bodyOf,
  keys,
  line,
  requestId,
  requestOf,
  startPipeline,
  type Sent,
} from "../../support/pipeline.ts";

const key = (value: string | undefined): Sent => ({ headers: { "x-amz-firehose-access-key": value } });

describe("the endpoint answers 404 to a wrong path", () => {
  it.each(["/", "/mackerel/", "/mackerel/x", "/Mackerel", "/service", "/healthz", "/__proto__", "/toString"])(
    "such as %s",
    async (path) => {
      await using pipeline = await startPipeline();
      expect((await pipeline.deliver([line()], { path })).status).toBe(404);
    },
  );

  it("but not to a query", async () => {
    await using pipeline = await startPipeline();
    expect((await pipeline.deliver([line()], { path: "/mackerel?a=b" })).status).toBe(200);
  });
});

describe("the endpoint answers 405 to a wrong method", () => {
  it.each(["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])("such as %s", async (method) => {
    await using pipeline = await startPipeline();
    expect((await pipeline.deliver([line()], { method })).status).toBe(405);
  });
});

describe("the endpoint answers 401", () => {
  it.each([
    ["no access key", undefined],
    ["an empty one", ""],
    ["a wrong one", "guess"],
    ["one that is longer by a letter", `${keys.access}x`],
    ["both keys at once", `${keys.access},${keys.previous}`],
  ])("to %s", async (_, value) => {
    await using pipeline = await startPipeline();
    const { status, report } = await pipeline.deliver([line()], key(value));
    expect(status).toBe(401);
    expect(report).toMatchObject({ records: 0, accepted: 0, retry: 0 });
    expect(pipeline.mackerel.requests).toEqual([]);
  });

  it.each([undefined, "", "access-key-now"])("to every key (%j) where none is configured", async (value) => {
    await using pipeline = await startPipeline({ env: { HYDRANT_ACCESS_KEYS: "" } });
    expect((await pipeline.deliver([line()], key(value))).status).toBe(401);
    expect(isAuthorized(value ?? null, [])).toBe(false);
    expect(isAuthorized(value ?? null, [""])).toBe(false);
  });

  it.each(["access", "previous"] as const)("to neither key of a rotation: not the %s", async (which) => {
    await using pipeline = await startPipeline();
    expect((await pipeline.deliver([line()], key(keys[which]))).status).toBe(200);
  });
});

describe("the endpoint answers 400", () => {
  const version = "x-amz-firehose-protocol-version";
  const attributes = "x-amz-firehose-common-attributes";
  it.each([
    ["a missing request id", { headers: { "x-amz-firehose-request-id": undefined } }],
    ["a request id that is not the body's", { headers: { "x-amz-firehose-request-id": "other" } }],
    ["a body without a request id", { body: '{"timestamp":1,"records":[]}' }],
    ["a body that is no JSON", { body: "{" }],
    ["an empty body", { body: "" }],
    ["a body that is a list", { body: "[]" }],
    ["records that are no list", { body: JSON.stringify({ requestId, records: {} }) }],
    ["a record without data", { body: JSON.stringify({ requestId, records: [{}] }) }],
    ["data that is an object", { body: JSON.stringify({ requestId, records: [{ data: {} }] }) }],
    ["a broken gzip body", { body: gzipSync(bodyOf([])).subarray(0, -9) }],
    ["a body that inflates beyond 64 MiB", { body: gzipSync(Buffer.alloc(64 * 1024 * 1024 + 1, 0x20)) }],
    ["an unknown protocol version", { headers: { [version]: "2.0" } }],
    ["an unknown encoding", { headers: { "content-encoding": "br" } }],
    ["common attributes that are no JSON", { headers: { [attributes]: "{" } }],
    ["common attributes that are a list", { headers: { [attributes]: '{"commonAttributes":[]}' } }],
    ["a common attribute that is no text", { attributes: { service: 1 } }],
    ["an unknown format", { attributes: { format: "graphite" } }],
    ["a format by a name every object has", { attributes: { format: "toString" } }],
  ] as [string, Sent][])("to %s", async (_, sent) => {
    await using pipeline = await startPipeline();
    const { status, errorMessage } = await pipeline.deliver([line()], sent);
    expect(status).toBe(400);
    expect(errorMessage).toMatch(/^This is no delivery of Firehose: .+\.$/);
    expect(pipeline.mackerel.requests).toEqual([]);
    expect(await pipeline.kept()).toEqual([]);
  });

  it("to records that together inflate beyond 64 MiB", async () => {
    await using pipeline = await startPipeline();
    const record = gzipSync(Buffer.alloc(13 * 1024 * 1024, 0x20));
    expect((await pipeline.deliver([record, record, record, record])).status).toBe(200);
    expect((await pipeline.deliver([record, record, record, record, record])).status).toBe(400);
  });
});

describe("the endpoint checks in this order", () => {
  const bad = { headers: { "x-amz-firehose-access-key": "guess", "content-encoding": "br" }, method: "PUT" };
  it.each([
    [404, { ...bad, path: "/other" }],
    [405, bad],
    [401, { ...bad, method: "POST" }],
    [400, { headers: { "content-encoding": "br" } }],
  ])("%i comes before what follows", async (status, sent) => {
    await using pipeline = await startPipeline();
    expect((await pipeline.deliver(["nonsense"], sent)).status).toBe(status);
  });

  it.each([
    [404, { path: "/other" }],
    [405, { method: "PUT" }],
    [401, key("guess")],
    [400, { headers: { "x-amz-firehose-protocol-version": "2.0" } }],
  ] as [number, Sent][])("%i is answered without a look at the body", async (status, sent) => {
    await using pipeline = await startPipeline();
    const request = requestOf([line()], sent);
    expect((await pipeline.answer(request)).status).toBe(status);
    expect(request.bodyUsed).toBe(false);
  });
});

describe("a body is read by what it is", () => {
  const plain = bodyOf([line()]);
  const gzip = { "content-encoding": "gzip" };
  it.each([
    ["gzip with its header", { body: gzipSync(plain), headers: gzip }],
    ["gzip without a header", { body: gzipSync(plain) }],
    ["plain with the header of gzip", { body: plain, headers: gzip }],
    ["plain with `identity`", { body: plain, headers: { "content-encoding": "identity" } }],
    ["plain without a protocol version", { headers: { "x-amz-firehose-protocol-version": undefined } }],
  ] as [string, Sent][])("%s", async (_, sent) => {
    await using pipeline = await startPipeline();
    const { status, report } = await pipeline.deliver([line()], sent);
    expect([status, report.accepted]).toEqual([200, 1]);
  });
});

describe("what is told of a delivery", () => {
  it.each([
    ["arn:aws:firehose:eu-west-1:1:deliverystream/hydrant-x", "hydrant-x"],
    ["arn:aws:firehose:eu-west-1:1:deliverystream/..", "unknown-stream"],
    ["arn:aws:firehose:eu-west-1:1:deliverystream/../../etc", "unknown-stream"],
    [undefined, "unknown-stream"],
  ])("names the stream of %s: %s", async (arn, stream) => {
    await using pipeline = await startPipeline();
    const { report } = await pipeline.deliver(["nonsense"], {
      headers: { "x-amz-firehose-source-arn": arn },
    });
    expect(report.stream).toBe(stream);
    expect((await pipeline.kept()).map(({ path }) => path.split("/")[0])).toEqual([stream]);
  });

  it("holds no key, whatever was answered", async () => {
    await using pipeline = await startPipeline({
      faults: (_, index) => ({ kind: "status", status: 400 + (index % 5), body: `no ${keys.mackerel} here` }),
    });
    const sents: Sent[] = [
      {},
      {},
      {},
      {},
      {},
      key("a-guessed-key"),
      { method: "PUT" },
      { body: keys.access },
    ];
    const replies = [];
    for (const sent of sents) replies.push(await pipeline.deliver([line()], sent));
    const told = JSON.stringify([replies, pipeline.reports, await pipeline.kept()]);
    for (const secret of [keys.access, keys.previous, "no mk", "a-guessed-key"])
      expect(told).not.toContain(secret);
    expect(told).toContain("no ***");
  });
});
