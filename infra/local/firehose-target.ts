import { FirehoseClient, ListDeliveryStreamsCommand } from "@aws-sdk/client-firehose";

import { streamsOf, type Config } from "../../lib/config.ts";
import { producerClientConfig } from "../../lib/firehose/producer.ts";
import { isNobodyListening, reasonOf } from "../../lib/firehose/put-errors.ts";
import { UsageError } from "./arguments.ts";
import { checkAws } from "./check-aws.ts";

export interface TargetOptions {
  /** Streams by name; none means all there are. */
  readonly stream: readonly string[];
  readonly aws?: boolean;
  readonly endpointUrl?: string;
}

/** A Firehose API and the streams to put on. */
export interface Target extends Disposable {
  readonly client: FirehoseClient;
  readonly streams: readonly string[];
}

/**
 * Finds the Firehose API and the streams that a command means.
 * @throws UsageError where AWS is not set up or no stream is meant; Error where nothing answers.
 */
export async function openTarget(options: TargetOptions, config: Config): Promise<Target> {
  const client = options.aws ? awsClient(options.endpointUrl) : localClient(endpointOf(options, config));
  const streams = options.aws
    ? await awsStreams(client, options, config)
    : await localStreams(client, options, config);
  return { client, streams, [Symbol.dispose]: () => client.destroy() };
}

const endpointOf = ({ endpointUrl }: TargetOptions, { port }: Config): string =>
  endpointUrl ?? `http://127.0.0.1:${port}`;

/** The local host asks for no real credentials; the SDK does. */
export function localClient(endpoint: string): FirehoseClient {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  return new FirehoseClient({ ...producerClientConfig, endpoint, region: "us-east-1", credentials });
}

function awsClient(endpoint: string | undefined): FirehoseClient {
  return new FirehoseClient({ ...producerClientConfig, ...(endpoint !== undefined && { endpoint }) });
}

async function localStreams(
  client: FirehoseClient,
  options: TargetOptions,
  config: Config,
): Promise<readonly string[]> {
  const all = await listStreams(client).catch((error: unknown) => {
    throw unanswered(error, options, config);
  });
  const unknown = options.stream.filter((stream) => !all.includes(stream));
  if (unknown.length > 0) {
    throw new Error(`there is no stream ${unknown.join(", ")}; there is ${all.join(", ") || "none"}`);
  }
  if (all.length === 0) throw new Error(`${endpointOf(options, config)} has no streams`);
  return options.stream.length > 0 ? options.stream : all;
}

function unanswered(error: unknown, options: TargetOptions, config: Config): Error {
  const endpoint = endpointOf(options, config);
  if (!isNobodyListening(error)) {
    return new Error(`${endpoint} does not answer as Firehose: ${reasonOf(error)}`, { cause: error });
  }
  const advice = options.endpointUrl === undefined ? ": start it with npm start" : "";
  return new Error(`nothing listens on ${endpoint}${advice}`, { cause: error });
}

async function listStreams(client: FirehoseClient): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const after = all.at(-1);
    const page = await client.send(
      new ListDeliveryStreamsCommand({
        Limit: 1_000,
        ...(after !== undefined && { ExclusiveStartDeliveryStreamName: after }),
      }),
    );
    const names = page.DeliveryStreamNames ?? [];
    all.push(...names);
    if (page.HasMoreDeliveryStreams !== true || names.length === 0) return all;
  }
}

async function awsStreams(
  client: FirehoseClient,
  { stream }: TargetOptions,
  config: Config,
): Promise<readonly string[]> {
  await checkAws(client);
  if (stream.length > 0) return stream;
  if (config.datadog === undefined && config.mackerel === undefined) {
    throw new UsageError("no destination is configured, so no stream is known: name one with --stream");
  }
  return streamsOf(config).map(({ name }) => name);
}
