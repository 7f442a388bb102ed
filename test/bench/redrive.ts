import { fork } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";

import { startHost, type Host } from "../../infra/local/host.ts";
import { systemClock } from "../../lib/clock.ts";
import { datePath, formatErrorRecords } from "../../lib/firehose/error-record.ts";
import type { Measurement } from "./measure.ts";

const records = 100_000;
const stream = "hydrant-mackerel";

interface Run {
  readonly exitCode: number;
  readonly ms: number;
  readonly peakBytes: number;
}

/** Redrives one object of 100,000 error records, 100 MB, at the local host, beside putting them without any care. */
export async function benchRedrive(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "hydrant-bench-"));
  const object = join(folder, "backup", stream, "http-endpoint-failed", datePath(Date.now()), "object");
  await writeObject(object);
  const bare = await runAt(folder, "bare", object);
  const careful = await runAt(folder, "command", object);
  rmSync(folder, { recursive: true });
  return [
    {
      name: "redrive of 100,000 records, 100 MB",
      value: perSecond(careful),
      unit: "/s",
      floor: perSecond(bare),
    },
    { name: "redrive, peak memory", value: careful.peakBytes / 1024 ** 2, unit: "MiB", aim: "200" },
  ];
}

const perSecond = ({ ms }: Run): number => records / (ms / 1000);

async function runAt(folder: string, way: "bare" | "command", object: string): Promise<Run> {
  const dataDir = join(folder, way);
  const host = await startQuietHost(dataDir);
  const env = {
    ...process.env,
    MACKEREL_API_KEY: "key",
    MACKEREL_SERVICE: "bench",
    HYDRANT_DATA_DIR: folder,
    HYDRANT_PORT: new URL(host.url).port,
  };
  const child = fork(join(import.meta.dirname, "servers", "redrive.ts"), [way, object, stream, host.url], {
    env,
  });
  const [run] = (await once(child, "message")) as [Run];
  if (run.exitCode !== 0 || host.waitingRecords() !== records)
    throw new Error(`not everything was put back: ${way}`);
  await host.stop(AbortSignal.abort());
  return run;
}

/** Takes everything, and delivers nothing while it is measured. */
function startQuietHost(dataDir: string): Promise<Host> {
  return startHost({
    port: 0,
    dataDir,
    streams: [{ name: stream, url: "http://127.0.0.1:9", accessKey: "bench", attributes: {} }],
    hints: { seconds: 900, mebibytes: 3 },
    retrySeconds: 7200,
    endpoint: () => Promise.reject(new Error("nothing is delivered here")),
    backup: { write: () => Promise.reject(new Error("nothing is kept here")) },
    clock: systemClock,
    random: Math.random,
    report: () => undefined,
  });
}

/** Each record holds six metrics. */
async function writeObject(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = createWriteStream(path);
  const nowMs = Date.now();
  for (let record = 0; record < records; record++) {
    const names = ["open", "closed", "merged", "draft", "stale", "review"];
    const lines = names.map((name) =>
      JSON.stringify({
        name: `bench.${name}`,
        value: record,
        time: Math.floor(nowMs / 1000),
        tags: ["repository:acme/web"],
      }),
    );
    const text = formatErrorRecords([
      {
        attemptsMade: 66,
        arrivalTimestamp: nowMs,
        errorCode: "HttpEndpoint.DestinationException",
        errorMessage:
          "The following response was received from the endpoint destination. 503: mackerel answered 503",
        attemptEndingTimestamp: nowMs + 7_200_000,
        rawData: Buffer.from(`${lines.join("\n")}\n`).toString("base64"),
        subsequenceNumber: 0,
        dataId: `${record}.0`,
      },
    ]);
    if (!file.write(text)) await once(file, "drain");
  }
  file.end();
  await finished(file);
}
