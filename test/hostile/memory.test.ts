import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { deliveryOf, startHostileHost, type HostileAnswer, type HostileHost } from "../support/hostile.ts";

const mebibyte = 1024 * 1024;
const second = Math.floor(Date.now() / 1000);

let host: HostileHost;
let canMeasure = false;
beforeAll(async () => {
  host = await startHostileHost();
  // What it takes to serve at all is not held against what follows.
  for (let round = 0; round < 20; round++) await host.post(deliveryOf([`warm.up ${round} ${second}`]));
  canMeasure = host.forgetPeak();
});
afterAll(() => host[Symbol.asyncDispose]());

/** What the work took beyond what was held before, in MiB; 0 where this system does not tell. */
async function memoryOf<T>(work: () => Promise<T>): Promise<{ answer: T; tookMiB: number }> {
  if (!canMeasure) return { answer: await work(), tookMiB: 0 };
  host.forgetPeak();
  const before = host.memoryMiB().now;
  const answer = await work();
  return { answer, tookMiB: host.memoryMiB().peak - before };
}

async function expectAlive(): Promise<void> {
  expect(host.process.child.exitCode).toBeNull();
  const { status } = await host.post(deliveryOf([`still.there 1 ${second}`]));
  expect(status).toBe(200);
}

/** About a thousandth of what it inflates to. */
const bomb = gzipSync(Buffer.alloc(1024 * mebibyte, 0x20));

describe("a body that inflates 1,000-fold", () => {
  it("is refused within 64 MiB more memory", async () => {
    expect((1024 * mebibyte) / bomb.byteLength).toBeGreaterThan(1_000);
    const { answer, tookMiB } = await memoryOf(() => host.post(bomb));
    expect(answer).toMatchObject({ status: 400, errorMessage: expect.stringContaining("inflates beyond") });
    expect(tookMiB).toBeLessThan(64);
    expect(answer.milliseconds).toBeLessThan(5_000);
  });

  it("a hundred times at once does not end the process, nor take much more", async () => {
    const { answer, tookMiB } = await memoryOf(() =>
      Promise.all(Array.from({ length: 100 }, () => host.post(bomb))),
    );
    for (const { status } of answer) expect([400, 503]).toContain(status);
    expect(tookMiB).toBeLessThan(400);
    await expectAlive();
  });

  it("in a record is rejected alone, within 64 MiB more memory", async () => {
    const record = gzipSync(Buffer.alloc(100 * mebibyte, 0x20));
    const { answer, tookMiB } = await memoryOf(() =>
      host.post(deliveryOf([record, `next.to.bomb 1 ${second}`])),
    );
    expect(answer.status).toBe(200);
    expect(tookMiB).toBeLessThan(64);
    expect(host.mackerel.series("shop").has("next.to.bomb")).toBe(true);
  });
});

/** Full records of one line each, filled up with white space. */
const large = (bytes: number): Buffer => {
  const record = Buffer.from(`${"x".repeat(1_023_999)}\n`).toString("base64");
  const records = Array.from({ length: 48 }, () => `{"data":"${record}"}`);
  const start = deliveryOf([]).slice(0, -2);
  return Buffer.from(`${start}${records.join(",")}]}`.padEnd(bytes, " "));
};

describe("a body of 64 MiB", () => {
  const limit = 64 * mebibyte;
  it.each<[string, () => Buffer, number]>([
    ["is read, good and bad records", () => large(limit), 200],
    ["and a byte is refused", () => large(limit + 1), 400],
    [
      "of nothing but braces is refused unparsed",
      () => Buffer.from(`${'{"a":'.repeat(limit / 6)}1${"}".repeat(limit / 6)}`),
      400,
    ],
    ["of nothing but brackets is refused unparsed", () => Buffer.alloc(limit, "["), 400],
    ["of a list of numbers is refused unparsed", () => Buffer.from(`[${"1,".repeat(limit / 2 - 1)}1`), 400],
    [
      "of empty records is refused",
      () => Buffer.from(`${deliveryOf([]).slice(0, -2)}${'{"data":""},'.repeat(5e6)}{"data":""}]}`),
      400,
    ],
  ])("%s", async (_, make, status) => {
    const { answer, tookMiB } = await memoryOf(() => host.post(make()));
    expect(answer.status, answer.errorMessage).toBe(status);
    expect(answer.milliseconds).toBeLessThan(10_000);
    expect(tookMiB).toBeLessThan(600);
    await expectAlive();
  });

  it("three times at once is taken one by one, the others are to come again", async () => {
    const body = gzipSync(large(limit));
    const { answer, tookMiB } = await memoryOf(() =>
      Promise.all(Array.from({ length: 3 }, () => host.post(body))),
    );
    const statuses = new Set(answer.map(({ status }: HostileAnswer) => status));
    expect([...statuses].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    expect(tookMiB).toBeLessThan(1_536);
    await expectAlive();
  });
});

describe("a delivery", () => {
  it("of 10,000 empty records is nothing to deliver", async () => {
    const answer = await host.post(deliveryOf(Array.from({ length: 10_000 }, () => "")));
    expect(answer).toMatchObject({ status: 200 });
  });

  it("of a record over 1,000 KiB is none of Firehose's", async () => {
    const full = `${" ".repeat(1_023_980)}${second}`;
    expect(await host.post(deliveryOf([full]))).toMatchObject({ status: 200 });
    const answer = await host.post(deliveryOf([full.padStart(1_024_003)]));
    expect(answer).toMatchObject({ status: 400, errorMessage: expect.stringContaining("1,000 KiB") });
  });

  it("of 10,001 records is none of Firehose's", async () => {
    const answer = await host.post(deliveryOf(Array.from({ length: 10_001 }, () => "")));
    expect(answer).toMatchObject({ status: 400 });
  });

  it.each([
    ["a record of 500,000 tiny bad lines", "x\n".repeat(500_000), 200],
    ["a record of 16 MiB of tiny bad lines, in gzip", gzipSync("x\n".repeat(8 * mebibyte)), 200],
    ["a record of 8 million empty objects, in gzip", gzipSync(`[${"{},".repeat(5 * mebibyte)}{}]`), 200],
    ["a record of one line of 8 million fields, in gzip", gzipSync("a ".repeat(8 * mebibyte)), 200],
    [
      "a record of an object that nests deeply, in gzip",
      gzipSync(`{"a":${"[".repeat(4 * mebibyte)}${"]".repeat(4 * mebibyte)}}`),
      200,
    ],
    ["a record of brackets in an object, in gzip", gzipSync(`{"a":${"[".repeat(15 * mebibyte)}`), 200],
  ])("of %s keeps them, in bounded memory and time", async (_, record, status) => {
    const good = `beside.hostile ${Date.now() % 1e6} ${second}`;
    const { answer, tookMiB } = await memoryOf(() => host.post(deliveryOf([record, good])));
    expect(answer.status, answer.errorMessage).toBe(status);
    expect(answer.milliseconds).toBeLessThan(10_000);
    expect(tookMiB).toBeLessThan(700);
    await expectAlive();
  });

  it("of more parts than memory has room for is refused", async () => {
    const record = "x\n".repeat(500_000);
    const { answer, tookMiB } = await memoryOf(() =>
      host.post(deliveryOf(Array.from({ length: 40 }, () => record))),
    );
    expect(answer).toMatchObject({ status: 400, errorMessage: expect.stringContaining("points") });
    expect(tookMiB).toBeLessThan(700);
  });
});

const series = (tags: readonly string[], points: number): string =>
  JSON.stringify({
    series: [
      {
        metric: "hostile.tags",
        type: 3,
        tags,
        points: Array.from({ length: points }, (_, at) => ({ timestamp: second - at, value: at })),
      },
    ],
  });

describe.each(["/mackerel", "/datadog"])("tags at %s", (path) => {
  it.each([
    ["of 10 MB", series(["k:".padEnd(10_000_000, "v")], 10)],
    [
      "by the ten thousand, on 50,000 points",
      series(
        Array.from({ length: 10_000 }, (_, at) => `tag${at}:${at}`),
        50_000,
      ),
    ],
    [
      "by the thousand, on 50,000 points",
      series(
        Array.from({ length: 1_000 }, (_, at) => `tag${at}:${at}`),
        50_000,
      ),
    ],
    [
      "by the hundred, on 50,000 points",
      series(
        Array.from({ length: 100 }, (_, at) => `tag${at}:${at}`),
        50_000,
      ),
    ],
  ])("%s are sent or rejected, in bounded memory and time", async (_, body) => {
    const { answer, tookMiB } = await memoryOf(() => host.post(deliveryOf([gzipSync(body)]), { path }));
    expect(answer.status, answer.errorMessage).toBe(200);
    expect(answer.milliseconds).toBeLessThan(10_000);
    expect(tookMiB).toBeLessThan(500);
    await expectAlive();
  });
});
