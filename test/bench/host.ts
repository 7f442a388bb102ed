import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startHostProcess } from "../support/host.ts";
import type { Measurement } from "./measure.ts";

const puts = 20_000;
const producers = 64;
const record = Buffer.from('{"name":"bench.put","value":1,"time":1700000000}\n');

/** Puts over HTTP that are answered when they are on disk, beside bare writes each synced alone. */
export async function benchHost(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "hydrant-bench-"));
  const env = { HYDRANT_DATA_DIR: folder, HYDRANT_PORT: "0", BUFFER_SECONDS: "900", BUFFER_MEBIBYTES: "3" };
  await using host = await startHostProcess([], env);
  const agent = new Agent({ keepAlive: true });
  await putAgain(host.url, agent, puts / 10);
  const startMs = performance.now();
  await Promise.all(Array.from({ length: producers }, () => putAgain(host.url, agent, puts / producers)));
  const perSecond = puts / ((performance.now() - startMs) / 1000);
  agent.destroy();
  const syncedPerSecond = syncedWrites(join(folder, "floor"));
  rmSync(folder, { recursive: true });
  return [
    { name: `durable puts, ${producers} producers`, value: perSecond, unit: "/s", floor: syncedPerSecond },
  ];
}

const body = JSON.stringify({
  DeliveryStreamName: "hydrant-preview",
  Record: { Data: record.toString("base64") },
});
const headers = {
  "Content-Type": "application/x-amz-json-1.1",
  "X-Amz-Target": "Firehose_20150804.PutRecord",
  "Content-Length": Buffer.byteLength(body),
};

async function putAgain(url: string, agent: Agent, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const sent = request(url, { method: "POST", agent, headers });
    sent.end(body);
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    const text = (await response.toArray()).join("");
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${text}`);
  }
}

function syncedWrites(path: string): number {
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
