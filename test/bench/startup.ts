import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bundle, bundleFile } from "../../infra/aws/bundle.ts";
import { accessKeySecret } from "../../lib/secrets/access-key-secret.ts";
import { startServer } from "./child.ts";
import { inTurn, type Measurement } from "./measure.ts";

const rounds = 25;
const accessKey = "bench-access-key";

/** Fresh processes that load a bundle and answer a first delivery, beside a function that only reads its secrets. */
export async function benchStartup(): Promise<Measurement[]> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "hydrant-startup-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const [endpoint, collector, empty] = await Promise.all([
    bundle("endpoint", join(folder, "endpoint")),
    bundle("collector", join(folder, "collector")),
    bundleFile(join(import.meta.dirname, "functions/empty.ts"), join(folder, "empty")),
  ]);
  const sink = stack.use(await startServer("sink"));
  const secrets = stack.use(await startSecrets());
  const env = {
    AWS_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "any",
    AWS_SECRET_ACCESS_KEY: "any",
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    HYDRANT_ACCESS_KEYS_SECRET_ARN: "access-key",
    MACKEREL_API_KEY_SECRET_ARN: "api-key",
    MACKEREL_API_URL: `http://127.0.0.1:${sink.port}`,
    MACKEREL_SERVICE: "bench",
    NODE_OPTIONS: "--enable-source-maps",
  };
  const run = (of: { folder: string }, event = ""): Promise<Timing> =>
    runOnce(join(of.folder, "index.mjs"), event, env);
  const [answerMs, emptyMs] = await inTurn(
    rounds,
    async () => (await run(endpoint, deliveryEvent())).answerMs,
    async () => (await run(empty, "{}")).answerMs,
  );
  const [loadMs, emptyLoadMs] = await inTurn(
    rounds,
    async () => (await run(collector)).loadMs,
    async () => (await run(empty)).loadMs,
  );
  return [
    {
      name: "endpoint: load and first delivery of one record",
      value: answerMs,
      unit: "ms",
      floor: emptyMs,
      aim: "1.25",
    },
    { name: "collector: load", value: loadMs, unit: "ms", floor: emptyLoadMs },
    {
      name: "endpoint: code loaded at the start",
      value: kilobytes(endpoint.startBytes),
      unit: "kB",
      floor: kilobytes(empty.startBytes),
    },
    { name: "endpoint: all code", value: kilobytes(endpoint.allBytes), unit: "kB" },
    { name: "collector: all code", value: kilobytes(collector.allBytes), unit: "kB" },
  ];
}

const kilobytes = (bytes: number): number => bytes / 1000;

interface Timing {
  readonly loadMs: number;
  readonly answerMs: number;
}

async function runOnce(path: string, event: string, env: NodeJS.ProcessEnv): Promise<Timing> {
  const runner = join(import.meta.dirname, "functions/first-answer.ts");
  const child = fork(runner, [path, event], { env, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const ended = once(child, "exit").then(() => Promise.reject(new Error(`${path} did not answer`)));
  const [timing] = (await Promise.race([once(child, "message"), ended])) as [Timing];
  child.kill();
  await ended.catch(() => undefined);
  return timing;
}

function deliveryEvent(): string {
  const requestId = "5f1f0a4e-7a4c-4a43-9d1b-000000000000";
  const record = `{"name":"bench","value":1,"time":${Math.floor(Date.now() / 1000)}}\n`;
  const records = [{ data: Buffer.from(record).toString("base64") }];
  return JSON.stringify({
    version: "2.0",
    rawPath: "/mackerel",
    headers: {
      "content-type": "application/json",
      "x-amz-firehose-request-id": requestId,
      "x-amz-firehose-access-key": accessKey,
    },
    requestContext: { domainName: "bench.lambda-url.eu-west-1.on.aws", http: { method: "POST" } },
    body: JSON.stringify({ requestId, timestamp: Date.now(), records }),
    isBase64Encoded: false,
  });
}

/** A Secrets Manager that has the two secrets of a delivery. */
async function startSecrets(): Promise<{ readonly url: string } & AsyncDisposable> {
  const values: Readonly<Record<string, string>> = {
    "access-key": accessKeySecret(accessKey),
    "api-key": "key",
  };
  const server = createServer((request, response) => {
    void (async () => {
      const chunks = await request.toArray();
      const { SecretId } = JSON.parse(Buffer.concat(chunks as Buffer[]).toString()) as { SecretId: string };
      response.setHeader("Content-Type", "application/x-amz-json-1.1");
      response.end(JSON.stringify({ Name: SecretId, SecretString: values[SecretId], CreatedDate: 1 }));
    })();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
