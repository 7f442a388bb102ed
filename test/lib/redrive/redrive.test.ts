import { gzipSync } from "node:zlib";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { datadog } from "../../../lib/destinations/datadog.ts";
import { formatErrorRecords } from "../../../lib/firehose/error-record.ts";
import { folderStore } from "../../../lib/store/folder-store.ts";
import type { RedriveProgress } from "../../../lib/redrive/redrive.ts";
import { readCuts } from "../../../lib/redrive/read-cuts.ts";
import type { Store } from "../../../lib/store/store.ts";
import { SkippingClock } from "../../support/clock.ts";
import { makeFolder } from "../../support/host.ts";
import {
  allOf,
  contentsOf,
  failed,
  keyOf,
  keysOf,
  manyFailed,
  MemoryFirehose,
  nowMs,
  runRedrive,
  startStores,
  writeObject,
  type Stores,
} from "../../support/redrive.ts";

let stores: Stores;
beforeAll(async () => {
  stores = await startStores("a folder");
});
afterAll(() => stores[Symbol.asyncDispose]());

async function storeWith(
  objects: Readonly<Record<string, Parameters<typeof writeObject>[2]>>,
): Promise<Store> {
  const store = await stores.open();
  for (const [key, records] of Object.entries(objects)) await writeObject(store, key, records);
  return store;
}

/** The error records of an object. */
async function recordsAt(store: Store, key: string) {
  const object = await store.read(key);
  if (object === undefined) throw new Error(`${key} is not there`);
  const cuts = (await allOf(readCuts(object))).flat();
  return cuts.map((cut) => (cut.kind === "record" ? cut.record : undefined));
}

describe("what Firehose gave up on", () => {
  it("goes back on the stream byte for byte, and its object to redriven/", async () => {
    const records = [
      failed("a"),
      failed("b", { rawData: Buffer.from([0, 255, 31, 139]).toString("base64") }),
    ];
    const store = await storeWith({ [keyOf("o")]: records });
    const bytes: Uint8Array[] = [];
    const firehose = new MemoryFirehose();
    const report = await runRedrive(store, {
      send: (command) => {
        for (const { Data = new Uint8Array() } of command.input.Records ?? []) bytes.push(Data);
        return firehose.send(command);
      },
    });
    expect(bytes.map((each) => Buffer.from(each).toString("base64"))).toEqual(
      records.map(({ rawData }) => rawData),
    );
    expect(report).toMatchObject({
      ending: "done",
      objects: 1,
      moved: 1,
      put: { records: 2, points: 2 },
      unreadable: 0,
    });
    expect(await keysOf(store)).toEqual([`redriven/${keyOf("o")}`]);
    expect(await recordsAt(store, `redriven/${keyOf("o")}`)).toEqual(records);
  });

  it("is found in gzip under any name, and run together", async () => {
    const folder = await makeFolder();
    const store = folderStore(folder);
    const text = formatErrorRecords(manyFailed("a", 3)).replaceAll("\n", "");
    mkdirSync(dirname(join(folder, keyOf("o"))), { recursive: true });
    writeFileSync(join(folder, keyOf("plain.gz")), text);
    writeFileSync(join(folder, keyOf("zipped")), gzipSync(text));
    const firehose = new MemoryFirehose();
    const report = await runRedrive(store, firehose);
    expect(firehose.names).toEqual(["a0", "a1", "a2", "a0", "a1", "a2"]);
    expect(report.moved).toBe(2);
  });

  it("is put again only where it was not taken, within the limits of a call", async () => {
    const records = manyFailed("a", 1_100);
    const store = await storeWith({ [keyOf("o")]: records });
    const firehose = new MemoryFirehose();
    firehose.refuses = (text, call) => call < 3 && /"a\d*7"/.test(text);
    const report = await runRedrive(store, firehose);
    expect(firehose.names.toSorted()).toEqual(records.map(({ dataId }) => dataId).toSorted());
    expect(Math.max(...firehose.calls.map((call) => call.length))).toBeLessThanOrEqual(500);
    expect(report).toMatchObject({ ending: "done", put: { records: 1_100 }, moved: 1 });
  });

  it("stays where it is as long as one record is not taken, and only that one is put by the next run", async () => {
    const store = await storeWith({ [keyOf("o")]: manyFailed("a", 3), [keyOf("p")]: [failed("b")] });
    const firehose = new MemoryFirehose();
    firehose.refuses = (text) => text.includes('"a1"');
    const first = await runRedrive(store, firehose);
    expect(first).toMatchObject({ ending: "failed", moved: 0, put: { records: 2 } });
    expect(first.problem).toContain("Slow down");
    expect(await keysOf(store)).toEqual([keyOf("o"), keyOf("p")]);
    firehose.refuses = () => false;
    const second = await runRedrive(store, firehose);
    expect(second).toMatchObject({ ending: "done", moved: 2, put: { records: 2 } });
    expect(firehose.names).toEqual(["a0", "a2", "a1", "b"]);
  });

  it("is put back around a document that is no error record, which keeps the object in its place", async () => {
    const store = await stores.open();
    const good = formatErrorRecords([failed("a")]);
    await store.write(keyOf("o"), `${good}{"broken":\n${formatErrorRecords([failed("b")])}`);
    const firehose = new MemoryFirehose();
    const report = await runRedrive(store, firehose);
    expect(firehose.names).toEqual(["a", "b"]);
    const unreadableAt = [{ key: keyOf("o"), offsetBytes: Buffer.byteLength(good) }];
    expect(report).toMatchObject({ ending: "done", moved: 0, unreadable: 1, unreadableAt });
    expect(await runRedrive(store, firehose)).toMatchObject({ put: { records: 0 }, unreadable: 1, moved: 0 });
    expect(firehose.names).toEqual(["a", "b"]);
  });

  it("is taken as new where its object was written again since the note about it", async () => {
    const store = await storeWith({ [keyOf("o")]: [failed("a"), failed("b")] });
    const firehose = new MemoryFirehose();
    firehose.refuses = (text) => text.includes('"b"');
    await runRedrive(store, firehose);
    await writeObject(store, keyOf("o"), [failed("c"), failed("d")]);
    await runRedrive(store, firehose);
    expect(firehose.names).toEqual(["a", "c", "d"]);
  });
});

describe("points that are too late for the destination by now", () => {
  const mixed = failed("mixed", {
    rawData: Buffer.from(`young 1 ${nowMs / 1000 - 60}\nold 1 ${nowMs / 1000 - 90_000}\n`).toString("base64"),
  });

  it("go to expired/ with the reason, before the object that held them is moved", async () => {
    const store = await storeWith({
      [keyOf("o")]: [failed("a"), failed("late", { ageHours: 25 }), failed("b")],
    });
    const firehose = new MemoryFirehose();
    const report = await runRedrive(store, firehose);
    expect(firehose.names).toEqual(["a", "b"]);
    expect(report).toMatchObject({ moved: 1, put: { records: 2 }, outside: { records: 1, points: 1 } });
    expect(await keysOf(store)).toEqual([keyOf("o-1", "expired"), `redriven/${keyOf("o")}`]);
    const [late] = await recordsAt(store, keyOf("o-1", "expired"));
    expect(late).toEqual({
      ...failed("late", { ageHours: 25 }),
      errorCode: "too-old",
      errorMessage: late?.errorMessage,
    });
  });

  it("are put back where points in the same record are not: the endpoint tells them apart", async () => {
    const store = await storeWith({ [keyOf("o")]: [mixed] });
    const report = await runRedrive(store, new MemoryFirehose());
    expect(report).toMatchObject({
      put: { records: 1, points: 2 },
      outside: { records: 0 },
      outsideInPut: 1,
      moved: 1,
    });
  });

  it("stay in expired/ when a reason asks for them, unless the destination takes them now", async () => {
    const key = keyOf("e", "expired", 30);
    const store = await storeWith({ [key]: [failed("late", { ageHours: 30, errorCode: "too-old" })] });
    const firehose = new MemoryFirehose();
    const reasons = ["too-old"];
    expect(await runRedrive(store, firehose)).toMatchObject({ objects: 0 });
    expect(await runRedrive(store, firehose, { reasons })).toMatchObject({
      moved: 0,
      put: { records: 0 },
      outside: { records: 1 },
    });
    expect(await keysOf(store)).toEqual([key]);
    const historical = datadog({ apiKey: "k", apiUrl: "http://127.0.0.1:9", historical: ["late"] });
    expect(await runRedrive(store, firehose, { reasons, destination: historical })).toMatchObject({
      moved: 1,
      put: { records: 1 },
    });
    expect(firehose.names).toEqual(["late"]);
  });

  it("are all put back where no destination has a window", async () => {
    const store = await storeWith({ [keyOf("o")]: [failed("late", { ageHours: 1_000 })] });
    expect(await runRedrive(store, new MemoryFirehose(), { destination: undefined })).toMatchObject({
      put: { records: 1 },
    });
  });
});

describe("a selection", () => {
  const timeout = "HttpEndpoint.RequestTimeout";
  const objects = {
    [keyOf("o", undefined, 3)]: [
      failed("a", { ageHours: 3 }),
      failed("b", { ageHours: 2.5, errorCode: timeout }),
    ],
    [keyOf("p", undefined, 1)]: [failed("c", { ageHours: 1, errorCode: timeout })],
    [keyOf("r", "rejected")]: [
      failed("d", { errorCode: "service-not-allowed" }),
      failed("e", { errorCode: "not-json" }),
    ],
    [keyOf("e", "expired")]: [failed("f", { errorCode: "too-far-ahead" })],
  };
  const hour = 3_600_000;

  it.each([
    ["nothing: what Firehose gave up on", {}, ["a", "b", "c"]],
    ["an error code", { codes: [timeout] }, ["b", "c"]],
    ["an error code without its prefix", { codes: ["RequestTimeout"] }, ["b", "c"]],
    ["a time", { sinceMs: nowMs - 2.6 * hour, untilMs: nowMs - hour }, ["b"]],
    ["a time that ends as a record arrives", { untilMs: nowMs - 2.5 * hour }, ["a"]],
    ["a reason: what the endpoint kept for it", { reasons: ["service-not-allowed"] }, ["d"]],
    ["reasons in both folders", { reasons: ["service-not-allowed", "too-far-ahead"] }, ["d", "f"]],
    ["a code and a reason", { codes: [timeout], reasons: ["not-json"] }, ["b", "c", "e"]],
    ["a reason that nothing was kept for", { reasons: [timeout] }, []],
  ])("of %s", async (_, selection, expected) => {
    const store = await storeWith(objects);
    const firehose = new MemoryFirehose();
    await runRedrive(store, firehose, selection);
    expect(firehose.names).toEqual(expected);
  });

  it("of some records of an object leaves the others in their place, for a later run", async () => {
    const key = keyOf("o", undefined, 3);
    const store = await storeWith({ [key]: objects[key] ?? [] });
    const firehose = new MemoryFirehose();
    const report = await runRedrive(store, firehose, { codes: [timeout] });
    expect(report).toMatchObject({ put: { records: 1 }, unselected: 1, moved: 0 });
    expect(await keysOf(store)).toEqual([key]);
    expect(await runRedrive(store, firehose)).toMatchObject({ put: { records: 1 }, moved: 1 });
    expect(firehose.names).toEqual(["b", "a"]);
  });

  it("does not read objects of other hours", async () => {
    const store = await storeWith(objects);
    const report = await runRedrive(store, new MemoryFirehose(), { untilMs: nowMs - 1.5 * hour });
    expect(report.objects).toBe(1);
  });
});

describe("a dry run", () => {
  it("counts what a run would do, and changes nothing", async () => {
    const objects = {
      [keyOf("o")]: [...manyFailed("a", 600), failed("late", { ageHours: 30 })],
      [keyOf("r", "rejected")]: [failed("d", { errorCode: "not-json" })],
    };
    const store = await storeWith(objects);
    const [before, firehose] = [await contentsOf(store), new MemoryFirehose()];
    const dry = await runRedrive(store, firehose, { isDryRun: true });
    expect(await contentsOf(store)).toEqual(before);
    expect(firehose.calls).toEqual([]);
    expect(dry.codes).toEqual([
      {
        folder: "http-endpoint-failed",
        errorCode: "HttpEndpoint.DestinationException",
        put: { records: 600, points: 600 },
        outside: { records: 0, points: 0 },
      },
      expect.objectContaining({ errorCode: "too-old", outside: { records: 1, points: 1 } }),
    ]);
    expect(await runRedrive(store, firehose)).toEqual(dry);
  });
});

async function failing(): Promise<{ readonly store: Store; readonly clock: SkippingClock }> {
  const store = await storeWith({ [keyOf("o")]: [failed("a")] });
  const [object] = await allOf(store.list(""));
  return { store, clock: new SkippingClock((object?.modifiedMs ?? 0) + 299_000) };
}

describe("a stream that is still failing", () => {
  it("is left alone, until nothing has failed for a while", async () => {
    const { store, clock } = await failing();
    const firehose = new MemoryFirehose();
    const report = await runRedrive(store, firehose, { clock });
    expect(report).toMatchObject({ ending: "failing", put: { records: 0 } });
    expect(report.problem).toContain("299 s ago");
    clock.advance(1_000);
    expect(await runRedrive(store, firehose, { clock })).toMatchObject({
      ending: "done",
      put: { records: 1 },
    });
  });

  it("is left alone when its host says so, whatever the backup holds", async () => {
    const store = await storeWith({ [keyOf("o")]: [failed("a")] });
    const firehose = new MemoryFirehose();
    const asked: string[] = [];
    const lastFailureMs = (name: string): Promise<number> => {
      asked.push(name);
      return Promise.resolve(nowMs - 60_000);
    };
    const report = await runRedrive(store, firehose, { lastFailureMs });
    expect(report).toMatchObject({ ending: "failing", problem: expect.stringContaining("60 s ago") });
    expect(asked).toEqual(["hydrant-mackerel"]);
    const forced = { isForced: true, lastFailureMs: () => Promise.reject(new Error("nobody knows")) };
    expect(await runRedrive(store, firehose, forced)).toMatchObject({ ending: "done", put: { records: 1 } });
  });

  it("is redriven when forced, and in a dry run told of", async () => {
    const { store, clock } = await failing();
    const firehose = new MemoryFirehose();
    const dry = await runRedrive(store, firehose, { clock, isDryRun: true });
    expect(dry).toMatchObject({
      ending: "done",
      problem: expect.stringContaining("299 s ago"),
      put: { records: 1 },
    });
    expect(await runRedrive(store, firehose, { clock, isForced: true })).toMatchObject({
      ending: "done",
      moved: 1,
    });
  });
});

describe("a run", () => {
  it("that is stopped ends between two calls, and the next goes on", async () => {
    const store = await storeWith({ [keyOf("o")]: manyFailed("a", 1_200), [keyOf("p")]: [failed("b")] });
    const firehose = new MemoryFirehose();
    const stop = new AbortController();
    firehose.refuses = () => {
      stop.abort();
      return false;
    };
    const first = await runRedrive(store, firehose, { stop: stop.signal });
    expect(first).toMatchObject({ ending: "stopped", put: { records: 500 }, moved: 0 });
    const second = await runRedrive(store, firehose);
    expect(second).toMatchObject({ ending: "done", put: { records: 701 }, moved: 2 });
    expect(firehose.names).toHaveLength(1_201);
  });

  it("tells how far it is", async () => {
    const store = await storeWith({ [keyOf("o")]: manyFailed("a", 3_000), [keyOf("p")]: [failed("b")] });
    const told: RedriveProgress[] = [];
    await runRedrive(store, new MemoryFirehose(), { onProgress: (progress) => told.push(progress) });
    expect(told.length).toBeGreaterThan(2);
    expect(told.at(-1)?.bytes).toBe(told[0]?.allBytes);
    expect(told.map(({ bytes }) => bytes)).toEqual(told.map(({ bytes }) => bytes).toSorted((a, b) => a - b));
  });
});
