import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHostServer, listen, PortError } from "../../../infra/local/server.ts";
import { startTestHost, type TestHost } from "../../support/host.ts";
import { TurnedClock } from "../../support/turned-clock.ts";

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost({ streams: [] });
});
afterAll(() => host[Symbol.asyncDispose]());

/** Writes bytes as they are and gives all that comes back until the other side ends. */
async function exchange(
  bytes: string,
  url = host.url,
): Promise<{ status: number; headers: Record<string, string>; body: string }> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.end(Buffer.from(bytes, "latin1"));
  await once(socket, "close");
  const text = Buffer.concat(chunks).toString("latin1");
  const [head = "", body = ""] = text.split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line) => line.toLowerCase().split(": ") as [string, string]);
  return { status: Number(statusLine.split(" ")[1]), headers: Object.fromEntries(headers), body };
}

const end = "Host: x\r\nConnection: close\r\n\r\n";

describe("the host's server", () => {
  it.each<[string, string, number]>([
    ["GET with a body", `GET /preview HTTP/1.1\r\nContent-Length: 2\r\n${end}hi`, 404],
    ["TRACE", `TRACE /preview HTTP/1.1\r\n${end}`, 404],
    ["PURGE", `PURGE / HTTP/1.1\r\n${end}`, 404],
    ["OPTIONS *", `OPTIONS * HTTP/1.1\r\n${end}`, 400],
    ["CONNECT", `CONNECT example.com:443 HTTP/1.1\r\n${end}`, 405],
    ["an upgrade", `GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n${end.slice(9)}`, 404],
    ["an unknown expectation", `POST / HTTP/1.1\r\nExpect: miracles\r\nContent-Length: 0\r\n${end}`, 404],
    ["no host, in HTTP/1.0", "POST /a HTTP/1.0\r\n\r\n", 404],
    ["no host, in HTTP/1.1", "POST /a HTTP/1.1\r\nConnection: close\r\n\r\n", 404],
    ["a host that is none", "POST /a HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", 400],
    ["another host", `POST http://example.com/a HTTP/1.1\r\n${end}`, 404],
    [
      "Japanese in a header",
      `POST /a HTTP/1.1\r\nX-Amz-Firehose-Common-Attributes: ${Buffer.from("日本").toString("latin1")}\r\n${end}`,
      404,
    ],
    ["a path of any bytes", `POST /\xff\xfe%zz HTTP/1.1\r\n${end}`, 400],
    ["a backslash in the path", `POST /a\\b HTTP/1.1\r\n${end}`, 400],
    ["a method that is none", `G@T / HTTP/1.1\r\n${end}`, 400],
    ["a header that is none", `GET / HTTP/1.1\r\nno colon\r\n${end}`, 400],
    ["a control character in a header", `GET / HTTP/1.1\r\nA: \x01\r\n${end}`, 400],
    ["two lengths", `POST /a HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n${end}x`, 400],
    ["headers over 128 KiB", `GET / HTTP/1.1\r\nA: ${"x".repeat(140_000)}\r\n${end}`, 431],
    ["no HTTP", "hello\r\n\r\n", 400],
    ["TLS", "\x16\x03\x01\x02\x00\x01\x00", 400],
  ])("answers %s with contract JSON", async (_, bytes, status) => {
    const answer = await exchange(bytes);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(answer.body, "latin1")),
    });
    expect(answer.headers).not.toHaveProperty("content-encoding");
    expect(JSON.parse(answer.body)).toEqual({
      requestId: "",
      timestamp: expect.any(Number),
      errorMessage: expect.stringMatching(/./),
    });
  });

  it("takes every header that Firehose may send", async () => {
    const attributes = `{"commonAttributes":{${Array.from({ length: 50 }, (_, at) => `"${String(at).padEnd(256, "k")}":"${"v".repeat(1024)}"`).join()}}}`;
    const request = `POST /a HTTP/1.1\r\nX-Amz-Firehose-Access-Key: ${"k".repeat(4096)}\r\nX-Amz-Firehose-Common-Attributes: ${attributes}\r\n${end}`;
    expect(await exchange(request)).toMatchObject({ status: 404 });
  });

  it("names the request that it cannot read", async () => {
    const answer = await exchange(`POST /a\\b HTTP/1.1\r\nX-Amz-Firehose-Request-Id: r1\r\n${end}`);
    expect(JSON.parse(answer.body)).toMatchObject({ requestId: "r1" });
  });

  it("says how it is, and answers 404 where nothing is", async () => {
    const health = await fetch(`${host.url}/healthz`);
    expect(await health.json()).toEqual({ status: "ok", waitingRecords: 0, failing: [], streams: [] });
    expect((await fetch(`${host.url}/healthz`, { method: "HEAD" })).status).toBe(200);
    expect((await fetch(`${host.url}/healthz`, { method: "POST" })).status).toBe(404);
    expect((await fetch(`${host.url}/healthzz`)).status).toBe(404);
  });

  it("answers 500 with contract JSON when the route fails", async () => {
    const server = createHostServer(() => Promise.reject(new Error("secret")), new TurnedClock());
    const url = await listen(server, 0);
    const answer = await fetch(url, { headers: { "x-amz-firehose-request-id": "r1" } });
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({
      requestId: "r1",
      timestamp: new TurnedClock().nowMs(),
      errorMessage: expect.not.stringMatching(/secret/),
    });
    server.close().closeAllConnections();
  });

  it("cuts a request that comes too slowly, with 408", async () => {
    const server = createHostServer(() => Promise.reject(new Error("never")), new TurnedClock());
    const url = await listen(server, 0);
    expect([server.headersTimeout, server.requestTimeout]).toEqual([20_000, 60_000]);
    server.on("connection", (socket) => {
      server.emit(
        "clientError",
        Object.assign(new Error("slow"), { code: "ERR_HTTP_REQUEST_TIMEOUT" }),
        socket,
      );
    });
    const answer = await exchange("POST /preview HTTP/1.1\r\n", url);
    expect(answer).toMatchObject({ status: 408, headers: { connection: "close" } });
    server.close().closeAllConnections();
  });

  it("listens on the loopback address only, and says when the port is taken", async () => {
    expect(new URL(host.url).hostname).toBe("127.0.0.1");
    const port = Number(new URL(host.url).port);
    await expect(startTestHost({ streams: [], port })).rejects.toThrow(PortError);
    await expect(startTestHost({ streams: [], port })).rejects.toThrow(`Port ${port} is taken`);
  });
});
