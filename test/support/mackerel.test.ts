import { describe, expect, it } from "vitest";
import { startMackerel } from "./mackerel.ts";
import type { MackerelStandIn } from "./mackerel.ts";

const nowSeconds = 1_800_000_000;
const point = { name: "builds.failed", time: nowSeconds, value: 2 };

const start = (): Promise<MackerelStandIn> =>
  startMackerel({
    apiKey: "writer",
    readOnlyApiKey: "reader",
    services: ["shop"],
    refuses: (name) => name === "builds.cursed",
    nowMs: () => nowSeconds * 1000,
  });

interface Sending {
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

async function post(
  standIn: MackerelStandIn,
  body: unknown,
  { path, headers }: Sending = {},
): Promise<number> {
  const response = await fetch(standIn.url + (path ?? "/api/v0/services/shop/tsdb"), {
    method: "POST",
    headers: { "x-api-key": "writer", "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  expect(answer).toEqual(
    response.status === 200 ? { success: true } : { error: { message: expect.any(String) } },
  );
  return response.status;
}

describe("the stand-in for Mackerel", () => {
  it("records points and overwrites those of the same name and time", async () => {
    await using standIn = await start();
    expect(await post(standIn, [point, { ...point, value: 5 }])).toBe(200);
    expect(standIn.points()).toEqual([
      { service: "shop", ...point },
      { service: "shop", ...point, value: 5 },
    ]);
    expect(standIn.series("shop")).toEqual(new Map([["builds.failed", new Map([[nowSeconds, 5]])]]));
  });

  it("answers success to a point more than 24 hours old, and does not record it", async () => {
    await using standIn = await start();
    const old = { ...point, time: nowSeconds - 86_401 };
    const justInTime = { ...point, time: nowSeconds - 86_400 };
    expect(await post(standIn, [old, justInTime])).toBe(200);
    expect(standIn.points()).toEqual([{ service: "shop", ...justInTime }]);
    expect(standIn.dropped).toEqual([{ service: "shop", ...old }]);
  });

  const refused: [string, unknown][] = [
    ["a name with a space", [{ ...point, name: "a b" }]],
    ["a time in fractions", [{ ...point, time: 1.5 }]],
    ["no time", [{ name: "a", value: 1 }]],
    ["a value that is text", [{ ...point, value: "1" }]],
    ["a value beyond doubles", `[{"name":"a","time":1,"value":1e999}]`],
    ["a member that it does not know", [{ ...point, tags: [] }]],
    ["one point alone", point],
    ["no JSON", "["],
    ["a name it refuses by a rule of its own", [point, { ...point, name: "builds.cursed" }]],
  ];

  it.each(refused)("refuses %s with 400 and records nothing", async (_, body) => {
    await using standIn = await start();
    expect(await post(standIn, body)).toBe(400);
    expect(standIn.points()).toEqual([]);
  });

  it.each([
    ["401", "no known key", { headers: { "x-api-key": "guess" } }],
    ["403", "a key that may only read", { headers: { "x-api-key": "reader" } }],
    ["404", "a service it does not know", { path: "/api/v0/services/other/tsdb" }],
    ["404", "another path", { path: "/api/v0/services/shop/../hosts" }],
    ["400", "another content type", { headers: { "content-type": "text/plain" } }],
    ["400", "a compressed body", { headers: { "content-encoding": "gzip" } }],
  ])("answers %s to %s", async (status, _, sending) => {
    await using standIn = await start();
    expect(await post(standIn, [point], sending)).toBe(Number(status));
  });

  it("lists its services", async () => {
    await using standIn = await start();
    const response = await fetch(`${standIn.url}/api/v0/services`, { headers: { "x-api-key": "reader" } });
    expect(await response.json()).toEqual({ services: [{ name: "shop", memo: "", roles: [] }] });
  });
});
