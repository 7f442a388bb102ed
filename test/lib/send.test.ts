import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";

import { createSend, type HttpResponse } from "../../lib/send.ts";
import type { Fault } from "../support/faults.ts";
import { startStandIn, type StandIn } from "../support/stand-in.ts";

const startWith = (fault: Fault): Promise<StandIn> =>
  startStandIn(
    () => ({ status: 200, body: {} }),
    () => fault,
  );

const never = new AbortController().signal;
const sendRequest = createSend();
const send = (url: string, signal = never): Promise<HttpResponse> =>
  sendRequest({ url, headers: { "X-Api-Key": "k" }, body: "[]" }, signal);

it("a request is answered with status, headers and text", async () => {
  await using standIn = await startWith({
    kind: "status",
    status: 429,
    headers: { "retry-after": "7" },
    body: "é",
  });
  const { status, headers, body } = await send(standIn.url);
  expect([status, headers["retry-after"], body]).toEqual([429, "7", "é"]);
  expect(standIn.requests).toMatchObject([{ method: "POST", headers: { "x-api-key": "k" }, bodyBytes: 2 }]);
});

it("a redirect is answered as what it is", async () => {
  await using elsewhere = await startWith({ kind: "status", status: 200 });
  for (const status of [301, 302, 303, 307, 308]) {
    await using standIn = await startWith({ kind: "status", status, headers: { location: elsewhere.url } });
    expect((await send(standIn.url)).status).toBe(status);
  }
  expect(elsewhere.requests).toEqual([]);
});

it("of a long answer only the start is read", async () => {
  await using standIn = await startWith({ kind: "status", status: 200, body: "a".repeat(10_000_000) });
  expect((await send(standIn.url)).body).toBe("a".repeat(65_536));
});

it.each(["reset", "truncated"] as const)("an answer that breaks off (%s) is none", async (kind) => {
  await using standIn = await startWith({ kind });
  await expect(send(standIn.url)).rejects.toThrow();
});

it("a request ends with its signal", async () => {
  await using standIn = await startWith({ kind: "hang" });
  const abort = new AbortController();
  const sent = send(standIn.url, abort.signal);
  abort.abort(new Error("no more time"));
  await expect(sent).rejects.toThrow("no more time");
});

it("requests share a connection", async () => {
  let connections = 0;
  const server = createServer((_, response) => response.end()).on("connection", () => connections++);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  for (let count = 0; count < 3; count++) await send(`http://127.0.0.1:${port}/`);
  expect(connections).toBe(1);
  server.closeAllConnections();
  server.close();
});

it("an address that nobody answers at is told with its reason", async () => {
  const standIn = await startWith({ kind: "status", status: 200 });
  const { port } = new URL(standIn.url);
  await standIn[Symbol.asyncDispose]();
  await expect(send(`http://localhost:${port}/`)).rejects.toThrow(/^connect ECONNREFUSED/);
});
