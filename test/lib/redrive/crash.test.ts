import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { leaseMs } from "../../../lib/redrive/lease.ts";
import type { Store } from "../../../lib/store/store.ts";
import { crashing, type Crash } from "../../support/crash.ts";
import { isMotoThere, onMoto } from "../../support/moto.ts";
import {
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
  type StoreKind,
  type Stores,
} from "../../support/redrive.ts";
import { SkippingClock } from "../../support/clock.ts";

/** Three calls in one object, one late record in it, and another object. */
const big = [...manyFailed("a", 600), failed("late", { ageHours: 30 }), ...manyFailed("b", 600)];
const small = manyFailed("c", 3);
const names = [...big, ...small].map(({ dataId }) => dataId).filter((name) => name !== "late");

async function fill(stores: Stores): Promise<Store> {
  const store = await stores.open();
  await writeObject(store, keyOf("big"), big);
  await writeObject(store, keyOf("small"), small);
  return store;
}

/** The names of records that are recorded as done: by a note, or since their object was moved. */
async function doneIn(store: Store): Promise<string[]> {
  const contents = await contentsOf(store);
  const done: string[] = [];
  for (const [key, records] of [[keyOf("big"), big] as const, [keyOf("small"), small] as const]) {
    const note = contents[`redrive/${key}.json`];
    const runs = note === undefined ? [] : (JSON.parse(note) as { done: [number, number][] }).done;
    const isMoved = contents[`redriven/${key}`] !== undefined;
    const isDone = (index: number): boolean =>
      isMoved || runs.some(([first, last]) => first <= index && index <= last);
    done.push(...records.filter((_, index) => isDone(index)).map(({ dataId }) => dataId));
  }
  return done.filter((name) => name !== "late");
}

const timesOf = (all: readonly string[]): Map<string, number> => {
  const times = new Map<string, number>();
  for (const name of all) times.set(name, (times.get(name) ?? 0) + 1);
  return times;
};

async function crashAndGoOn(stores: Stores, crash: Crash): Promise<number> {
  const store = await fill(stores);
  const firehose = new MemoryFirehose();
  const dying = crashing({ store, client: firehose }, crash);
  await runRedrive(dying.store, dying.client, { clock: new SkippingClock(nowMs) }).catch(() => undefined);
  const done = await doneIn(store);
  const second = await runRedrive(store, firehose, { clock: new SkippingClock(nowMs + leaseMs + 1) });
  expect(second.ending).toBe("done");
  const times = timesOf(firehose.names);
  expect([...times.keys()].toSorted()).toEqual(names.toSorted());
  expect(done.filter((name) => times.get(name) !== 1)).toEqual([]);
  // No more than the one call that was under way was put twice.
  expect(firehose.names.length - names.length).toBeLessThanOrEqual(500);
  const moved = [`redriven/${keyOf("big")}`, `redriven/${keyOf("small")}`];
  expect(await keysOf(store)).toEqual([keyOf("big-600", "expired"), ...moved]);
  return dying.steps();
}

describe.each<{ kind: StoreKind; title: string; isThere: boolean }>([
  { kind: "a folder", title: "a folder", isThere: true },
  { kind: "S3", title: onMoto("S3"), isThere: isMotoThere },
])("a redrive over $title that dies", ({ kind, isThere }) => {
  let stores: Stores;
  beforeAll(async () => {
    if (isThere) stores = await startStores(kind);
  });
  afterAll(async () => stores?.[Symbol.asyncDispose]());

  it.skipIf(!isThere).each(["before", "after"] as const)(
    "%s any of its steps puts nothing again that was recorded as done, and misses nothing",
    async (when) => {
      const steps = await crashAndGoOn(stores, { at: Infinity, when });
      expect(steps).toBeGreaterThan(25);
      for (let at = 1; at <= steps; at++) await crashAndGoOn(stores, { at, when });
    },
    180_000,
  );
});

describe("two redrives side by side", () => {
  it("put everything once between them, whichever way their steps fall", async () => {
    await using stores = await startStores("a folder");
    for (let round = 0; round < 20; round++) {
      const store = await fill(stores);
      const firehose = new MemoryFirehose();
      const reports = await Promise.all([1, 2, 3].map(() => runRedrive(store, firehose)));
      expect(reports.map(({ ending }) => ending).toSorted()).toEqual(["done", "held", "held"]);
      expect(firehose.names.toSorted()).toEqual(names.toSorted());
    }
  });

  it("are one, where the other begins while the first is at work", async () => {
    await using stores = await startStores("a folder");
    const store = await fill(stores);
    const firehose = new MemoryFirehose();
    const endings: string[] = [];
    const joined: Store = {
      ...store,
      async write(key, text) {
        await store.write(key, text);
        endings.push((await runRedrive(store, firehose)).ending);
      },
    };
    expect((await runRedrive(joined, firehose)).ending).toBe("done");
    expect(new Set(endings)).toEqual(new Set(["held"]));
    expect(firehose.names.toSorted()).toEqual(names.toSorted());
  });

  it("never both go on: one that slept until it was taken for dead ends before it puts anything more", async () => {
    await using stores = await startStores("a folder");
    const store = await fill(stores);
    const firehose = new MemoryFirehose();
    const clock = new SkippingClock(nowMs);
    let isAsleep = false;
    const sleepy: Store = {
      ...store,
      async write(key, text) {
        await store.write(key, text);
        if (isAsleep) return;
        isAsleep = true;
        clock.advance(leaseMs + 1);
        await runRedrive(store, firehose, { clock });
      },
    };
    const first = await runRedrive(sleepy, firehose, { clock });
    expect(first).toMatchObject({ ending: "failed", problem: expect.stringContaining("taken over") });
    expect(firehose.names.toSorted()).toEqual(names.toSorted());
  });
});
