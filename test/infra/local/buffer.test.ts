import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RecordBuffer } from "../../../infra/local/buffer.ts";
import { UnavailableError } from "../../../infra/local/commit-queue.ts";
import type { Delivery } from "../../../infra/local/stored.ts";
import { makeFolder } from "../../support/host.ts";
import { runs } from "../../support/runs.ts";
import { TurnedClock } from "../../support/turned-clock.ts";

const all = { enoughBytes: Infinity, maxRecords: 10_000 };
const bytes = (...texts: string[]): Buffer[] => texts.map((text) => Buffer.from(text));

const texts = (buffer: RecordBuffer, delivery: Delivery): string[] =>
  buffer.read(delivery).map((record) => Buffer.from(record.bytes).toString());

describe("RecordBuffer", () => {
  let folder = "";
  const clock = new TurnedClock();
  const open = (maxWaitingBytes?: number): RecordBuffer =>
    new RecordBuffer({ folder, clock, maxWaitingBytes });

  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("keeps records of each stream in order, over a restart", async () => {
    const before = open();
    await Promise.all([
      before.put("a", bytes("1", "", "2")),
      before.put("b", bytes("x")),
      before.put("a", bytes("3")),
    ]);
    before[Symbol.dispose]();
    using buffer = open();
    expect(buffer.waitingRecords).toBe(5);
    expect(buffer.uncut("a")).toEqual({ records: 4, bytes: 3, oldestArrivalMs: clock.nowMs() });
    expect(texts(buffer, buffer.cut("a", "r1", all))).toEqual(["1", "", "2", "3"]);
    expect(texts(buffer, buffer.cut("b", "r2", all))).toEqual(["x"]);
    expect(buffer.uncut("a")).toBeUndefined();
  });

  it("ends a delivery with the record that reaches the bytes, or at the most records", async () => {
    using buffer = open();
    await buffer.put("a", bytes("12", "34", "56", "7", "8"));
    expect(texts(buffer, buffer.cut("a", "r1", { enoughBytes: 4, maxRecords: 9 }))).toEqual(["12", "34"]);
    expect(texts(buffer, buffer.cut("a", "r2", { enoughBytes: 9, maxRecords: 2 }))).toEqual(["56", "7"]);
    expect(buffer.uncut("a")).toMatchObject({ records: 1, bytes: 1 });
  });

  it("has a delivery and its progress again after a restart, until it is settled", async () => {
    const before = open();
    await before.put("a", bytes("1", "2"));
    const delivery = before.cut("a", "r1", all);
    await before.put("a", bytes("3"));
    const progress = { attempts: 3, firstFailureMs: 17, waitedMs: 5 };
    before.save(delivery, progress);
    before[Symbol.dispose]();
    using buffer = open();
    expect(buffer.open("a")).toEqual([{ delivery, progress }]);
    expect(buffer.uncut("a")).toMatchObject({ records: 1 });
    buffer.settle(delivery);
    expect(buffer.open("a")).toEqual([]);
    expect(buffer.waitingRecords).toBe(1);
  });

  it("refuses a second buffer on the same folder, naming it", () => {
    using _ = open();
    expect(() => open()).toThrow(`Another Hydrant uses the data folder ${folder}.`);
  });

  it("refuses the database of a newer version", () => {
    open()[Symbol.dispose]();
    const database = new DatabaseSync(join(folder, "buffer.db"));
    database.exec("PRAGMA user_version = 2");
    database.close();
    expect(() => open()).toThrow(/written by a newer Hydrant \(schema 2, this one knows 1\)/);
  });

  it("says which folder cannot be used", () => {
    const file = join(folder, "buffer.db");
    open()[Symbol.dispose]();
    expect(() => new RecordBuffer({ folder: file, clock })).toThrow(
      `The data folder ${file} cannot be used: `,
    );
  });

  it("refuses puts over its cap, and takes them again when there is room", async () => {
    using buffer = open(1_000);
    const big = [Buffer.alloc(800)];
    await buffer.put("a", big);
    await expect(buffer.put("a", big)).rejects.toThrow(new UnavailableError("Slow down."));
    buffer.settle(buffer.cut("a", "r1", all));
    await expect(buffer.put("a", big)).resolves.toHaveLength(1);
  });

  it("counts empty records against its cap, and puts that are on their way", async () => {
    using buffer = open(1_000);
    const empty = Array.from({ length: 10 }, () => Buffer.alloc(0));
    const outcomes = await Promise.allSettled([buffer.put("a", empty), buffer.put("a", empty)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  });

  it("stores none of a put that fails, and goes on", async () => {
    open()[Symbol.dispose]();
    const database = new DatabaseSync(join(folder, "buffer.db"));
    database.exec(
      "CREATE TRIGGER full BEFORE INSERT ON records WHEN length(NEW.bytes) = 3 BEGIN SELECT RAISE(FAIL, 'the disk is full'); END",
    );
    database.close();
    using buffer = open();
    await expect(buffer.put("a", bytes("1", "2", "333"))).rejects.toThrow(
      /could not be stored: the disk is full/,
    );
    expect(buffer.uncut("a")).toBeUndefined();
    await buffer.put("a", bytes("4"));
    expect(texts(buffer, buffer.cut("a", "r1", all))).toEqual(["4"]);
    expect(buffer.waitingRecords).toBe(1);
  });

  it("takes nothing more when its folder was removed, and makes it anew for what waits", async () => {
    const buffer = open();
    await buffer.put("a", bytes("1"));
    rmSync(folder, { recursive: true });
    await expect(buffer.put("a", bytes("2"))).rejects.toThrow(/was removed/);
    expect(existsSync(folder)).toBe(false);
    buffer[Symbol.dispose]();
    using again = open();
    expect(texts(again, again.cut("a", "r1", all))).toEqual(["1"]);
  });

  it("keeps every record in one delivery or none, in order, whatever is done to it", async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.tuple(fc.constant("put"), fc.constantFrom("a", "b"), fc.integer({ min: 1, max: 5 })),
      },
      fc.tuple(fc.constant("cut"), fc.constantFrom("a", "b"), fc.integer({ min: 1, max: 8 })),
      fc.tuple(fc.constant("settle"), fc.constantFrom("a", "b"), fc.nat({ max: 3 })),
      fc.tuple(fc.constant("restart"), fc.constant("a"), fc.constant(0)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const model: Record<string, string[]> = { a: [], b: [] };
        const settled: Record<string, string[]> = { a: [], b: [] };
        rmSync(folder, { recursive: true, force: true });
        let buffer = open();
        let next = 0;
        for (const [kind, stream, size] of steps) {
          const deliveries = buffer.open(stream);
          const picked = deliveries[size]?.delivery;
          if (kind === "put") {
            const records = Array.from({ length: size }, () => String(next++));
            await buffer.put(stream, bytes(...records));
            model[stream]?.push(...records);
          } else if (kind === "cut" && buffer.uncut(stream)) {
            buffer.cut(stream, "r", { enoughBytes: size, maxRecords: 4 });
          } else if (kind === "settle" && picked) {
            settled[stream]?.push(...texts(buffer, picked));
            buffer.settle(picked);
          } else if (kind === "restart") {
            buffer[Symbol.dispose]();
            buffer = open();
          }
        }
        for (const stream of ["a", "b"]) {
          while (buffer.uncut(stream)) buffer.cut(stream, "r", all);
          const left = buffer.open(stream).flatMap(({ delivery }) => texts(buffer, delivery));
          expect(left).toEqual(model[stream]?.filter((text) => !settled[stream]?.includes(text)));
        }
        buffer[Symbol.dispose]();
      }),
      { numRuns: runs(100) },
    );
  });
});
