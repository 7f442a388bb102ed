import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Store } from "../../../lib/store/store.ts";
import { isMotoThere, onMoto } from "../../support/moto.ts";
import { allOf, listed, startStores, type StoreKind, type Stores } from "../../support/redrive.ts";

/** What redrive relies on, of every store. */
describe.each<{ kind: StoreKind; title: string; isThere: boolean }>([
  { kind: "a folder", title: "a folder", isThere: true },
  { kind: "S3", title: onMoto("S3"), isThere: isMotoThere },
])("$title as a backup", ({ kind, isThere }) => {
  let stores: Stores;
  let store: Store;
  beforeAll(async () => {
    if (isThere) stores = await startStores(kind);
  });
  afterAll(async () => stores?.[Symbol.asyncDispose]());

  const test = (title: string, run: () => Promise<void>): void =>
    it.skipIf(!isThere)(title, async () => {
      store = await stores.open();
      await run();
    });

  test("answers nothing where there is nothing", async () => {
    expect(await listed(store, "s/none/")).toEqual([]);
    expect(await store.read("s/none")).toBeUndefined();
    expect(await store.readText("s/none")).toBeUndefined();
    await store.remove("s/none");
  });

  test("lists what lies below a prefix, in order of the keys, with its size", async () => {
    for (const key of ["s/a/2/z", "s/a/1/y", "s/ab/x", "t/a/w", "s/a/10"]) await store.write(key, key);
    const objects = await listed(store, "s/a/");
    expect(objects.map(({ key, bytes }) => [key, bytes])).toEqual([
      ["s/a/1/y", 7],
      ["s/a/10", 6],
      ["s/a/2/z", 7],
    ]);
    expect(objects.every(({ modifiedMs }) => modifiedMs > 1_700_000_000_000)).toBe(true);
    expect(await listed(store)).toHaveLength(5);
  });

  test("lists more than a page of objects", async () => {
    const keys = Array.from({ length: 1_005 }, (_, index) => `s/a/${String(index).padStart(4, "0")}`);
    await Promise.all(keys.map((key) => store.write(key, "text")));
    expect((await listed(store, "s/a/")).map(({ key }) => key)).toEqual(keys);
  });

  test("reads an object in pieces, and as text", async () => {
    const text = "é\n".repeat(400_000);
    await store.write("s/big", text);
    const object = await store.read("s/big");
    if (object === undefined) throw new Error("it is not there");
    const pieces = await allOf(object);
    expect(pieces.length).toBeGreaterThan(1);
    expect(Buffer.concat(pieces).toString("utf8")).toBe(text);
    expect(await store.readText("s/big")).toBe(text);
  });

  test("writes in place of what was there, under another version", async () => {
    await store.write("s/a", "one");
    const [before] = await listed(store, "s/");
    await store.write("s/a", "two");
    const [after] = await listed(store, "s/");
    expect(await store.readText("s/a")).toBe("two");
    expect(after?.version).not.toBe(before?.version);
  });

  test("creates an object once, however many try at once", async () => {
    const tries = Array.from({ length: 8 }, (_, index) => store.create("s/once", String(index)));
    const created = await Promise.all(tries);
    expect(created.filter(Boolean)).toHaveLength(1);
    expect(await store.readText("s/once")).toBe(String(created.indexOf(true)));
    expect(await store.create("s/once", "again")).toBe(false);
    expect(await listed(store)).toHaveLength(1);
  });

  test("moves an object, whatever is in its name", async () => {
    const key = "s/a/2026/01/31/12/s-1 é+&%.gz";
    await store.write(key, "text");
    const [object] = await listed(store, "s/a/");
    if (object === undefined) throw new Error("it is not listed");
    await store.move(object, `redriven/${key}`);
    expect((await listed(store)).map((each) => each.key)).toEqual([`redriven/${key}`]);
    expect(await store.readText(`redriven/${key}`)).toBe("text");
    await store.move(object, `redriven/${key}`);
    expect(await store.readText(`redriven/${key}`)).toBe("text");
  });

  // moto_server does not read the condition on what is copied.
  if (kind !== "S3") {
    test("does not move an object that was written again since it was listed", async () => {
      await store.write("s/a", "one");
      const [object] = await listed(store, "s/");
      await store.write("s/a", "two");
      if (object !== undefined) await store.move(object, "redriven/s/a");
      expect((await listed(store)).map(({ key }) => key)).toEqual(["s/a"]);
    });
  }
});
