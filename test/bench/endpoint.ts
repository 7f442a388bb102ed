import { Agent } from "node:http";

import { deliveryBody, peakMemory, post, startServer } from "./child.ts";
import { inTurn, type Measurement } from "./measure.ts";

const rounds = 60;

/** What Lambda's own bootstrap of Node gives the heap of such a function: 90 % of it, 5 % to the young objects. */
const heapOf256MB = ["--max-old-space-size=230", "--max-semi-space-size=12"];

const line = (index: number, second: number): string =>
  `{"name":"bench.m${index}","value":${index},"time":${second}}\n`;

/** Deliveries through the endpoint over HTTP to a Mackerel that takes all, beside a server that checks nothing. */
export async function benchEndpoint(): Promise<Measurement[]> {
  using sink = await startServer("sink");
  const target = `http://127.0.0.1:${sink.port}`;
  using floor = await startServer("floor", [target]);
  using endpoint = await startServer("endpoint", [target]);
  const agent = new Agent({ keepAlive: true });
  const second = Math.floor(Date.now() / 1000);

  const single = deliveryBody(Array.from({ length: 10_000 }, (_, index) => line(index, second)));
  const [ownMs, floorMs] = await inTurn(
    rounds,
    () => post(endpoint, single, agent),
    () => post(floor, single, agent),
  );

  const packed: string[] = [];
  for (let index = 0, bytes = 0; bytes < 1024 * 1024; index += 2_000) {
    const record = Array.from({ length: 2_000 }, (_, offset) => line(index + offset, second)).join("");
    packed.push(record);
    bytes += record.length;
  }
  const mebibyte = deliveryBody(packed);
  const [packedMs, packedFloorMs] = await inTurn(
    rounds,
    () => post(endpoint, mebibyte, agent),
    () => post(floor, mebibyte, agent),
  );

  using small = await startServer("endpoint", [target], heapOf256MB);
  for (let round = 0; round < 100; round++) await post(small, single, agent);
  const peakMiB = (await peakMemory(small)) / 1024 / 1024;
  agent.destroy();
  return [
    {
      name: `delivery of 10,000 records (${kilobytes(single)})`,
      value: ownMs,
      unit: "ms",
      floor: floorMs,
      aim: "1.5",
    },
    {
      name: `delivery of 1 MiB in ${packed.length} records`,
      value: packedMs,
      unit: "ms",
      floor: packedFloorMs,
    },
    {
      name: "peak memory over 100 of the first, heap as in a 256 MB function",
      value: peakMiB,
      unit: "MiB",
      aim: "256",
    },
  ];
}

const kilobytes = (body: Buffer): string => `${Math.round(body.length / 1000)} kB`;
