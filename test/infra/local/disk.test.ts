import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { startFirehoseEndpoint } from "../../support/firehose-endpoint.ts";
import { makeFolder, now, spawnHydrant, startTestHost, type TestHost } from "../../support/host.ts";
import { TurnedClock } from "../../support/turned-clock.ts";
import { until } from "../../support/until.ts";

const unavailable = { name: "ServiceUnavailableException", $metadata: { httpStatusCode: 503 } };
const down = () => ({ kind: "status", status: 503 }) as const;

/** A disk of that size, or undefined where this user may not mount one. */
async function mountDisk(
  options: string,
): Promise<(AsyncDisposable & { readonly folder: string }) | undefined> {
  const folder = await makeFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    await rm(folder, { recursive: true });
    return undefined;
  }
  return {
    folder,
    async [Symbol.asyncDispose]() {
      execFileSync("umount", ["--lazy", folder]);
      await rm(folder, { recursive: true });
    },
  };
}

const canMount = await mountDisk("size=1m").then(async (disk) => {
  await disk?.[Symbol.asyncDispose]();
  return disk !== undefined;
});

/** Puts records until one is refused, and gives the refusal. */
async function fill(host: TestHost, bytes: number, taken: string[]): Promise<unknown> {
  for (;;) {
    const text = String(taken.length).padEnd(bytes, "x");
    try {
      await host.put("web", text);
    } catch (error) {
      return error;
    }
    taken.push(text);
  }
}

describe.skipIf(!canMount)("a real disk (skipped where this user may not mount one)", () => {
  it("that is full refuses puts, and what it took is delivered", async () => {
    await using disk = await mountDisk("size=80m");
    const folder = disk?.folder ?? "";
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint(down);
    const streams = [{ name: "web", url: endpoint.url }];
    await using host = await startTestHost({ streams, dataDir: folder, clock });
    const taken: string[] = [];
    const error = await fill(host, 300_000, taken);
    expect(error).toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/could not be stored: .*full/),
    });
    await fill(host, 20_000, taken);
    expect((await fetch(`${host.url}/healthz`)).status).toBe(200);
    endpoint.fail([]);
    await until(() => {
      clock.turn(5_000);
      return host.waitingRecords() === 0;
    }, "everything to be delivered");
    expect(new Set(endpoint.records())).toEqual(new Set(taken));
    await host.put("web", "there is room again".padEnd(300_000));
  });

  it("that is read-only stops the start with exit code 1", async () => {
    await using disk = await mountDisk("size=1m,ro");
    const dataDir = disk?.folder ?? "";
    await using host = spawnHydrant(["up"], { HYDRANT_DATA_DIR: dataDir });
    expect(await host.ended).toBe(1);
    expect(host.err.join()).toContain(`The data folder ${dataDir} cannot be used: EROFS`);
  });
});

/** Makes a database fail with some statements, as a disk would, until it is switched off. */
async function folderThatFails(trigger: string): Promise<AsyncDisposable & { readonly folder: string }> {
  const folder = await makeFolder();
  await (await startTestHost({ streams: [], dataDir: folder })).stop(now);
  const database = new DatabaseSync(join(folder, "buffer.db"));
  database.exec(`CREATE TRIGGER failing BEFORE ${trigger} BEGIN SELECT RAISE(FAIL, 'the disk is full'); END`);
  database.close();
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

describe("a disk that fails", () => {
  it("under a cut: the records wait, and it is told once for all puts", async () => {
    const clock = new TurnedClock();
    await using disk = await folderThatFails("INSERT ON deliveries WHEN NEW.timestamp_ms < 1000");
    await using endpoint = await startFirehoseEndpoint();
    await using host = await startTestHost({
      streams: [{ name: "web", url: endpoint.url }],
      dataDir: disk.folder,
      clock: Object.assign(clock, { nowMs: () => Math.max(0, clock.sleepsMs().length) }),
    });
    await host.put("web", "a");
    await host.put("web", "b");
    expect(host.events).toMatchObject([{ kind: "disk-failed", reason: "the disk is full" }]);
    expect(host.waitingRecords()).toBe(2);
  });

  it("under a delivered delivery: it is not sent again, and let go of later", async () => {
    const clock = new TurnedClock();
    await using disk = await folderThatFails("DELETE ON deliveries WHEN OLD.attempts = 0");
    await using endpoint = await startFirehoseEndpoint();
    await using host = await startTestHost({
      streams: [{ name: "web", url: endpoint.url }],
      dataDir: disk.folder,
      clock,
    });
    await host.put("web", "a");
    await host.told("disk-failed");
    await until(() => clock.sleepsMs().includes(5_000), "the wait");
    clock.turn(5_000);
    await host.told("disk-failed", 2);
    expect(endpoint.attempts).toHaveLength(1);
    expect(host.waitingRecords()).toBe(1);
  });

  it("of which the folder is removed: puts are refused, and what was taken is delivered", async () => {
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint(down);
    await using host = await startTestHost({ streams: [{ name: "web", url: endpoint.url }], clock });
    await host.put("web", "a");
    await host.told("failed");
    rmSync(host.folder, { recursive: true });
    await expect(host.put("web", "b")).rejects.toMatchObject({
      ...unavailable,
      message: expect.stringMatching(/the data folder .* was removed/),
    });
    endpoint.fail([]);
    await until(() => clock.sleepsMs()[0] === 1_000, "the wait");
    clock.turn(1_000);
    await host.told("delivered");
    expect(endpoint.records()).toEqual(["a"]);
  });
});
