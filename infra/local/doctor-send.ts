import type { FirehoseClient } from "@aws-sdk/client-firehose";
import type { Clock } from "../../lib/clock.ts";
import type { Config } from "../../lib/config.ts";
import { createProducer } from "../../lib/firehose/producer.ts";
import { reasonOf } from "../../lib/firehose/put-errors.ts";
import type { Fetch } from "../../lib/github/send-in-time.ts";
import type { DoctorOptions } from "./doctor.ts";
import { fail, ok, type Finding } from "./finding.ts";
import { readHealth, type HostHealth, type StreamHealth } from "./host-health.ts";
import { messageOf } from "../../lib/message-of.ts";
import { count, seconds } from "./print.ts";

export interface SendParts {
  readonly options: DoctorOptions;
  readonly config: Config;
  readonly client: FirehoseClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly fetch: Fetch;
}

const testMetric = "hydrant.doctor";

/** Puts a test point on each stream and, where these are the local host's, says what became of it. */
export async function* sendTest(streams: readonly string[], parts: SendParts): AsyncGenerator<Finding> {
  const { client, clock, random, options } = parts;
  const producer = createProducer(client, clock, random);
  const before = options.aws ? "" : await askHealth(parts);
  const sent: Sent[] = [];
  for (const stream of streams) {
    const point = {
      name: testMetric,
      value: 1,
      timestampMs: clock.nowMs(),
      type: "gauge" as const,
      tags: [],
    };
    try {
      await producer.put(stream, [point]);
      sent.push({ stream, putMs: clock.nowMs(), before: streamOf(before, stream) });
      yield ok(`put on ${stream}`, `${testMetric} = 1; look for it at the destination`);
    } catch (error) {
      yield fail(`put on ${stream}`, reasonOf(error));
    }
  }
  if (!options.aws) yield* follow(sent, parts);
}

/** A test point on its way. */
interface Sent {
  readonly stream: string;
  /** Not before it was acknowledged. */
  readonly putMs: number;
  readonly before: StreamHealth | undefined;
}

/** More than the buffer waits: a try, and one again after a wait. */
const graceMs = 30_000;
const pollMs = 500;

/** Says of each point how it ended as soon as the host knows, and in the end why it has not. */
async function* follow(sent: readonly Sent[], parts: SendParts): AsyncGenerator<Finding> {
  const { config, clock } = parts;
  const startMs = clock.nowMs();
  const patienceMs = config.buffer.seconds * 1000 + graceMs;
  const never = new AbortController().signal;
  let open = sent;
  while (open.length > 0) {
    const health = await askHealth(parts);
    const elapsedMs = clock.nowMs() - startMs;
    const still: Sent[] = [];
    for (const each of open) {
      const finding = judge(each, { health, elapsedMs, isOver: elapsedMs >= patienceMs });
      if (finding === undefined) still.push(each);
      else yield finding;
    }
    open = still;
    if (open.length > 0) await clock.sleep(pollMs, never);
  }
}

interface View {
  readonly health: HostHealth | string;
  readonly elapsedMs: number;
  readonly isOver: boolean;
}

/** Undefined while the point may still get through. */
function judge({ stream, putMs, before }: Sent, { health, elapsedMs, isOver }: View): Finding | undefined {
  const subject = `delivery ${stream}`;
  const now = streamOf(health, stream);
  if (typeof health === "string" || now === undefined || before === undefined) {
    const why = typeof health === "string" ? health : "the host was restarted meanwhile";
    return fail(subject, `what became of the point is not known: ${why}`);
  }
  const why = lastFailure(health, stream) ?? "the output of npm start says why";
  const isWaiting = now.oldestArrivalMs !== undefined && now.oldestArrivalMs <= putMs;
  if (isWaiting) return isOver ? fail(subject, stillWaiting(now, elapsedMs, why)) : undefined;
  if (now.backedUpRecords > before.backedUpRecords) {
    return fail(subject, `GIVEN UP, kept in the backup: mend this, then run hydrant redrive: ${why}`);
  }
  const isDelivered =
    now.deliveredRecords > before.deliveredRecords && now.droppedRecords === before.droppedRecords;
  return isDelivered
    ? ok(subject, `delivered, after ${seconds(elapsedMs)}`)
    : fail(subject, `neither delivered nor in the backup: ${why}`);
}

function stillWaiting({ waitingRecords }: StreamHealth, elapsedMs: number, why: string): string {
  return `${count(waitingRecords, "record")} of the stream still waiting after ${seconds(elapsedMs)}: ${why}`;
}

function lastFailure({ failing }: HostHealth, stream: string): string | undefined {
  const failure = failing.find((each) => each.stream === stream);
  return failure && `${failure.errorCode}: ${failure.errorMessage}`;
}

/** Or why it cannot be had. */
async function askHealth({ options, config, fetch }: SendParts): Promise<HostHealth | string> {
  const hostUrl = options.endpointUrl ?? `http://127.0.0.1:${config.port}`;
  return await readHealth(hostUrl, fetch).catch(messageOf);
}

const streamOf = (health: HostHealth | string, stream: string): StreamHealth | undefined =>
  typeof health === "string" ? undefined : health.streams.find((each) => each.stream === stream);
