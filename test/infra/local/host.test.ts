import { rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { BufferError, databasePath } from "../../../infra/local/buffer-database.ts";
import { RecordBuffer } from "../../../infra/local/buffer.ts";
import { startFirehoseEndpoint } from "../../support/firehose-endpoint.ts";
import { makeFolder, spawnHydrant, startTestHost } from "../../support/host.ts";
import { TurnedClock } from "../../support/turned-clock.ts";
import { until } from "../../support/until.ts";

let folder = "";
beforeEach(async () => {
  folder = await makeFolder();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Leaves a record that waits on `quiet` and two deliveries that are open, and makes that of `broken` unreadable. */
async function breakDelivery(): Promise<void> {
  const limits = { enoughBytes: 1, maxRecords: 1 };
  {
    using buffer = new RecordBuffer({ folder, clock: new TurnedClock() });
    for (const stream of ["quiet", "quiet", "broken"]) await buffer.put(stream, [Buffer.from("x")]);
    for (const stream of ["quiet", "broken"]) buffer.cut(stream, `request-${stream}`, limits);
  }
  const database = new DatabaseSync(databasePath(folder));
  database.exec("UPDATE deliveries SET timestamp_ms = 9223372036854775807 WHERE stream = 'broken'");
  database.close();
}

describe("a host that cannot start", () => {
  it("lets go of everything: its port, and the deliveries that it had taken up", async () => {
    await breakDelivery();
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint(() => ({ kind: "status", status: 503 }));
    const port = await freePort();
    const streams = ["quiet", "broken"].map((name) => ({ name, url: endpoint.url }));
    const hints = { seconds: 900, mebibytes: 1 };
    await expect(startTestHost({ streams, port, hints, dataDir: folder, clock })).rejects.toThrow(
      BufferError,
    );
    expect(clock.sleepsMs()).toEqual([]);
    await using again = await startTestHost({ streams: [], port });
    expect(again.waitingRecords()).toBe(0);
  });

  it("ends with the reason and exit code 1", async () => {
    await breakDelivery();
    const words = ["quiet", "broken"].flatMap((name) => ["--stream", `${name}=http://127.0.0.1:1/`]);
    await using host = spawnHydrant(["up", ...words], { HYDRANT_DATA_DIR: folder });
    await until(() => host.err.length > 0, "the reason");
    expect(await host.ended).toBe(1);
    expect(host.err.at(-1)).toMatch(/^error: The data folder \S+ cannot be used: .*or set HYDRANT_DATA_DIR/);
  });
});

async function freePort(): Promise<number> {
  await using host = await startTestHost({ streams: [] });
  return Number(new URL(host.url).port);
}
