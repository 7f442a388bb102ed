import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { accessKey, deliveryOf, requestId, startHostileHost, type HostileHost } from "../support/hostile.ts";
import { until } from "../support/until.ts";

const second = Math.floor(Date.now() / 1000);

let host: HostileHost;
beforeAll(async () => {
  host = await startHostileHost();
});
afterAll(() => host[Symbol.asyncDispose]());

const point = (members: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ name: "hostile", value: 1, time: second, ...members });

/** Writes a request byte for byte; the status and the body of the answer. */
async function writeRaw(head: readonly string[], body = ""): Promise<{ status: number; json: unknown }> {
  const socket = connect(Number(new URL(host.process.url).port), "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk)).on("error", () => undefined);
  socket.write(Buffer.from(`${head.join("\r\n")}\r\nConnection: close\r\n\r\n${body}`, "latin1"));
  await once(socket, "close");
  const [top = "", json = ""] = Buffer.concat(chunks).toString("latin1").split("\r\n\r\n");
  return { status: Number(top.split(" ")[1]), json: JSON.parse(json) as unknown };
}

const contract = {
  requestId: expect.any(String),
  timestamp: expect.any(Number),
  errorMessage: expect.stringMatching(/./),
};

describe("header tricks", () => {
  const body = deliveryOf([point()]);
  const start = ["POST /mackerel HTTP/1.1", "Host: x", `Content-Length: ${body.length}`];
  const key = `X-Amz-Firehose-Access-Key: ${accessKey}`;
  const id = `X-Amz-Firehose-Request-Id: ${requestId}`;

  it.each<[string, readonly string[], number]>([
    ["two access keys, the right one second", [...start, "X-Amz-Firehose-Access-Key: guess", key, id], 401],
    ["two access keys, both right", [...start, key, key, id], 401],
    ["two request ids", [...start, key, id, id], 400],
    ["a request id that is not the body's", [...start, key, "X-Amz-Firehose-Request-Id: other"], 400],
    ["a request id of control characters", [...start, key, "X-Amz-Firehose-Request-Id: \x01\x02"], 400],
    ["a header folded over two lines", [...start, key, "X-Amz-Firehose-Request-Id: a", " b"], 400],
    ["an access key with a line end in it", [...start, id, `X-Amz-Firehose-Access-Key: a\n${key}`], 400],
    [
      "two protocol versions",
      [...start, key, id, ...Array(2).fill("X-Amz-Firehose-Protocol-Version: 1.0")],
      400,
    ],
    ["a key of 100,000 characters", [...start, id, `X-Amz-Firehose-Access-Key: ${"k".repeat(100_000)}`], 401],
    ["headers of 200,000 characters", [...start, key, id, `A: ${"x".repeat(200_000)}`], 431],
    [
      "a thousand headers",
      [...start, ...Array.from({ length: 1_000 }, (_, at) => `A${at}: x`), key, id],
      431,
    ],
    ["a length and chunks at once", [...start, "Transfer-Encoding: chunked", key, id], 400],
    ["a length that is none", [...start.slice(0, 2), "Content-Length: 1e3", key, id], 400],
    ["a length below zero", [...start.slice(0, 2), "Content-Length: -1", key, id], 400],
    [
      "an absolute URL of another host",
      ["POST http://evil.test/mackerel HTTP/1.1", ...start.slice(1), key, id],
      200,
    ],
    ["a path that climbs", ["POST /datadog/../../mackerel HTTP/1.1", ...start.slice(1), key, id], 200],
    [
      "common attributes that would be a prototype",
      [
        ...start,
        key,
        id,
        'X-Amz-Firehose-Common-Attributes: {"commonAttributes":{"__proto__":{"service":"x"}}}',
      ],
      400,
    ],
  ])("are answered with contract JSON: %s", async (_, head, status) => {
    const answer = await writeRaw(head, body);
    expect(answer.status).toBe(status);
    expect(answer.json).toEqual(status === 200 ? { ...contract, errorMessage: undefined } : contract);
  });
});

describe("without Firehose's headers", () => {
  it.each([
    ["nothing at all", [], 401],
    ["only the access key", [`X-Amz-Firehose-Access-Key: ${accessKey}`], 400],
    ["only the request id", [`X-Amz-Firehose-Request-Id: ${requestId}`], 401],
  ])("a request with %s is refused", async (_, more, status) => {
    const head = ["POST /mackerel HTTP/1.1", "Host: x", "Content-Length: 2", ...more];
    expect(await writeRaw(head, "{}")).toEqual({ status, json: contract });
  });
});

describe("guessing the access key", () => {
  it("gets 401 a thousand times, reads no body, and tells nothing of the key", async () => {
    const guesses = Array.from({ length: 1_000 }, (_, at) => accessKey.slice(0, at % accessKey.length) + at);
    const answers = await Promise.all(
      guesses.map((guess) => host.post("never read", { headers: { "x-amz-firehose-access-key": guess } })),
    );
    expect(new Set(answers.map(({ status, errorMessage }) => `${status} ${errorMessage}`))).toEqual(
      new Set(["401 The access key is missing or wrong."]),
    );
    expect(host.process.err.join("\n")).not.toContain(accessKey);
    const right = await host.post(deliveryOf([point({ name: "after.guesses" })]));
    expect(right.status).toBe(200);
  });
});

describe("a body that comes slowly", () => {
  it("holds up nobody else", async () => {
    const sockets = Array.from({ length: 50 }, () => {
      const socket = connect(Number(new URL(host.process.url).port), "127.0.0.1").on(
        "error",
        () => undefined,
      );
      const head = ["POST /mackerel HTTP/1.1", "Host: x", "Content-Length: 1000000"];
      const own = [`X-Amz-Firehose-Access-Key: ${accessKey}`, `X-Amz-Firehose-Request-Id: ${requestId}`];
      socket.write(`${[...head, ...own].join("\r\n")}\r\n\r\n{"requestId":`);
      return socket;
    });
    const answer = await host.post(deliveryOf([point({ name: "beside.the.slow" })]));
    expect(answer).toMatchObject({ status: 200 });
    expect(answer.milliseconds).toBeLessThan(2_000);
    for (const socket of sockets) socket.destroy();
  });

  it("that breaks off is let go of", async () => {
    for (let round = 0; round < 200; round++) {
      const socket = connect(Number(new URL(host.process.url).port), "127.0.0.1").on(
        "error",
        () => undefined,
      );
      await once(socket, "connect");
      socket.end(
        `POST /mackerel HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\nX-Amz-Firehose-Access-Key: ${accessKey}\r\nX-Amz-Firehose-Request-Id: ${requestId}\r\n\r\n{`,
      );
      socket.destroy();
    }
    // Each announced nearly as much as is taken at once: none of it is held any more.
    await expect
      .poll(async () => (await host.post(deliveryOf([point()]))).status, { timeout: 10_000 })
      .toBe(200);
  });
});

const isOfOneGoodPoint = (report: string): boolean =>
  report.includes('"records":2,"accepted":1,') && report.includes('"retry":0');

describe("hostile records", () => {
  const depth = 100_000;
  it.each<[string, string | Uint8Array]>([
    ["a service that climbs to another path", point({ service: "../../v0/hosts" })],
    ["a service of another host", point({ service: "//evil.test/" })],
    ["a point in a prototype", `{"__proto__":${point()}}`],
    ["a constructor", `{"constructor":{"prototype":${point()}},"name":"x"}`],
    ["a value of 1e999", point().replace('"value":1', '"value":1e999')],
    ["a time of 1e999", point({ time: 0 }).replace('"time":0', '"time":1e999')],
    ["a negative time", point({ time: -1 })],
    ["a value of many digits", point().replace('"value":1', `"value":${"9".repeat(400)}`)],
    ["a value as text", point({ value: "1" })],
    ["invalid UTF-8 in a name", Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xff, 0x22, 0x7d])])],
    ["half a surrogate in a name", '{"name":"\\ud800","value":1,"time":1700000000}'],
    ["an object that nests deeply", `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`],
    ["a point whose tags nest deeply", `{"name":"x","tags":${"[".repeat(depth)}${"]".repeat(depth)}}`],
    ["a series that nests deeply", `{"series":[${'{"a":'.repeat(depth)}1${"}".repeat(depth)}]}`],
    ["gzip within gzip", gzipSync(gzipSync(point()))],
    ["half of a gzip", gzipSync(point().repeat(100)).subarray(0, 40)],
    ["a line of a million spaces", `x${" ".repeat(1_000_000)}y`],
    ["a null byte in a name", point({ name: "a\0b" })],
  ])("are rejected alone, in time: %s", async (what, record) => {
    const name = `beside.${what.replaceAll(/[^a-z]/g, "_")}`;
    const before = host.mackerel.requests.length;
    const told = host.process.err.length;
    const answer = await host.post(deliveryOf([record, point({ name })]));
    expect(answer).toMatchObject({ status: 200, errorMessage: "" });
    expect(answer.milliseconds).toBeLessThan(3_000);
    expect(host.mackerel.series("shop").get(name)).toEqual(new Map([[second, 1]]));
    expect(host.mackerel.requests.slice(before).map(({ path }) => path)).toEqual([
      "/api/v0/services/shop/tsdb",
    ]);
    await until(() => host.process.err.slice(told).some(isOfOneGoodPoint), "the report of it");
  });
});
