import { mkdtempSync, rmSync, openSync, writeSync, fsyncSync, closeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FirehoseClient, PutRecordCommand } from "@aws-sdk/client-firehose";

import { systemClock } from "../../lib/clock.ts";
import { startHost } from "../../infra/local/host.ts";
import type { Measurement } from "./measure.ts";

const puts = 3_000;
const producers = 32;

/** Puts through the real SDK that are answered when they are on disk, beside bare writes each synced alone. */
export async function benchHost(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "hydrant-bench-"));
  const host = await startHost({
    port: 0,
    dataDir: folder,
    streams: [{ name: "bench", url: "http://127.0.0.1:9", accessKey: "bench", attributes: {} }],
    hints: { seconds: 900, mebibytes: 3 },
    retrySeconds: 7200,
    endpoint: () => Promise.reject(new Error("nothing is delivered here")),
    backup: { put: () => Promise.reject(new Error("nothing is kept here")) },
    clock: systemClock,
    random: Math.random,
    report: () => undefined,
  });
  const client = new FirehoseClient({
    endpoint: host.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const record = Buffer.from('{"name":"bench.put","value":1,"time":1700000000}\n');
  const command = new PutRecordCommand({ DeliveryStreamName: "bench", Record: { Data: record } });
  await client.send(command);
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: producers }, async () => {
      for (let put = 0; put < puts / producers; put++) await client.send(command);
    }),
  );
  const perSecond = puts / ((performance.now() - startMs) / 1000);
  await host.stop(AbortSignal.abort());
  client.destroy();
  const syncedPerSecond = syncedWrites(join(folder, "floor"), record);
  rmSync(folder, { recursive: true });
  return [
    { name: `durable puts, ${producers} producers`, value: perSecond, unit: "/s", floor: syncedPerSecond },
  ];
}

function syncedWrites(path: string, record: Uint8Array): number {
  const file = openSync(path, "w");
  const startMs = performance.now();
  const writes = 500;
  for (let write = 0; write < writes; write++) {
    writeSync(file, record);
    fsyncSync(file);
  }
  closeSync(file);
  return writes / ((performance.now() - startMs) / 1000);
}
