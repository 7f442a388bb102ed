import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

import { PutRecordBatchCommand } from "@aws-sdk/client-firehose";

import { localClient } from "../../../infra/local/firehose-target.ts";
import { redrive } from "../../../infra/local/redrive.ts";
import { systemClock } from "../../../lib/clock.ts";

/**
 * Puts an object of error records back, by the command or bare: line by line, without a look at what it puts or a note
 * of what is done. Tells how long that took, and the most memory it held.
 */
const [way = "", object = "", stream = "", url = ""] = process.argv.slice(2);
const startMs = performance.now();
const exitCode = way === "bare" ? await putBare() : await runCommand();
process.send?.({
  exitCode,
  ms: performance.now() - startMs,
  peakBytes: process.resourceUsage().maxRSS * 1024,
});

async function putBare(): Promise<number> {
  const client = localClient(url);
  let records: { Data: Uint8Array }[] = [];
  const put = async (): Promise<void> => {
    await client.send(new PutRecordBatchCommand({ DeliveryStreamName: stream, Records: records }));
    records = [];
  };
  for await (const line of createInterface(createReadStream(object))) {
    const { rawData } = JSON.parse(line) as { rawData: string };
    records.push({ Data: Buffer.from(rawData, "base64") });
    if (records.length === 500) await put();
  }
  if (records.length > 0) await put();
  client.destroy();
  return 0;
}

function runCommand(): Promise<number> {
  const print = { out: () => undefined, err: () => undefined, style: (_: unknown, text: string) => text };
  const terminal = { isTTY: false, write: () => true };
  const stop = new AbortController().signal;
  return redrive(
    { stream: [stream], code: [], reason: [], force: true },
    { env: process.env, clock: systemClock, random: Math.random, fetch, print, terminal, stop },
  );
}
