import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { pipeline } from "node:stream/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { createHostServer, listen } from "../../../infra/local/server.ts";
import { startTestHost, type TestHost } from "../../support/host.ts";
import { TurnedClock } from "../../support/turned-clock.ts";
import { until } from "../../support/until.ts";

const mebibyte = Buffer.alloc(1_048_576, " ");

describe("an answer that needs none of a large body", () => {
  let host: TestHost;
  const agent = new Agent({ keepAlive: false });
  beforeAll(async () => {
    host = await startTestHost({ streams: [] });
  });
  afterAll(() => host[Symbol.asyncDispose]());

  /** The status; rejects where the connection was not there until all was sent and answered. */
  function post(path: string, headers: Record<string, string | number>): Promise<number | undefined> {
    const { hostname, port } = new URL(host.url);
    const sent = request({ hostname, port, path, method: "POST", headers, agent });
    let status: number | undefined;
    return new Promise((resolve, reject) => {
      sent.on("response", (answer) => ({ statusCode: status } = answer.resume()));
      sent.on("error", reject).on("close", () => resolve(status));
      for (let times = 0; times < 14; times++) sent.write(mebibyte);
      sent.end();
    });
  }

  const length = { "content-length": 14 * mebibyte.length };
  const put = { "x-amz-target": "Firehose_20150804.PutRecordBatch" };

  it.each([
    ["to nowhere", "/nowhere", length, 404],
    ["too large a put", "/", { ...put, ...length }, 400],
    ["too large a put in chunks", "/", put, 400],
    ["a put without an operation", "/", { ...length, "x-amz-target": "x" }, 400],
    ["a path that is none", "/a\\b", length, 400],
  ])("reaches the sender of one %s, on a connection that then closes", async (_, path, headers, status) => {
    for (let times = 0; times < 10; times++) expect(await post(path, headers)).toBe(status);
  });
});

describe("a sender that does not end its body", () => {
  const clock = new TurnedClock();
  const server = createHostServer(() => Promise.resolve(new Response("no", { status: 401 })), clock);
  let url = "";
  let socket: Socket;
  let answer = "";
  beforeAll(async () => {
    url = await listen(server, 0);
  });
  afterAll(() => {
    server.close().closeAllConnections();
  });
  beforeEach(() => {
    answer = "";
    socket = connect(Number(new URL(url).port), "127.0.0.1");
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString())).on("error", () => undefined);
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 999999999999\r\n\r\n");
  });
  afterEach(() => void socket.destroy());

  it("is answered after 5 s", async () => {
    const closed = once(socket, "close");
    await until(() => clock.sleepsMs().length > 0, "the wait");
    expect(clock.sleepsMs()).toEqual([5_000]);
    clock.turn(4_999);
    expect(answer).toBe("");
    clock.turn(1);
    await closed;
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  it("is answered after 64 MiB", async () => {
    let sentBytes = 0;
    const endless = function* (): Generator<Buffer> {
      for (; sentBytes < 1024 * mebibyte.length; sentBytes += mebibyte.length) yield mebibyte;
    };
    await pipeline(endless, socket).catch(() => undefined);
    expect(sentBytes).toBeGreaterThan(64 * mebibyte.length);
    expect(sentBytes).toBeLessThan(256 * mebibyte.length);
    await until(() => clock.sleepsMs().length === 0, "the end of the wait");
  });

  it("is forgotten when it goes away", async () => {
    await until(() => clock.sleepsMs().length > 0, "the wait");
    socket.destroy();
    await until(() => clock.sleepsMs().length === 0, "the end of the wait");
  });
});
