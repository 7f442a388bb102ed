import { DescribeDeliveryStreamCommand } from "@aws-sdk/client-firehose";
import type { Clock } from "../../lib/clock.ts";
import { streamsOf, type Config } from "../../lib/config.ts";
import { createProducer } from "../../lib/firehose/producer.ts";
import { reasonOf } from "../../lib/firehose/put-errors.ts";
import type { Fetch } from "../../lib/github/send-in-time.ts";
import type { DoctorOptions } from "./doctor.ts";
import { fail, ok, type Finding } from "./finding.ts";
import { openTarget, type Target } from "./firehose-target.ts";

interface StreamParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly fetch: Fetch;
}

/** Whether the configured streams are there and, where that is asked for, whether a test point gets through. */
export async function* checkStreams(
  options: DoctorOptions,
  config: Config,
  parts: StreamParts,
): AsyncGenerator<Finding> {
  const configured = streamsOf(config).map(({ name }) => name);
  let target: Target;
  try {
    target = await openTarget({ ...options, stream: options.aws ? configured : [] }, config);
  } catch (error) {
    yield fail("streams", reasonOf(error).replace(/^\w*Error: /, ""));
    return;
  }
  using open = target;
  const findings = await Promise.all(configured.map((stream) => describe(open, stream)));
  yield* findings;
  if (!options.send) return;
  const active = configured.filter((_, index) => findings[index]?.state === "ok");
  yield* sendTest(active, open, { options, config, ...parts });
}

async function describe({ client }: Target, stream: string): Promise<Finding> {
  const subject = `stream ${stream}`;
  try {
    const answer = await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: stream }));
    const status = answer.DeliveryStreamDescription?.DeliveryStreamStatus ?? "unknown";
    return status === "ACTIVE"
      ? ok(subject, "is there and active")
      : fail(subject, `its status is ${status}`);
  } catch (error) {
    return fail(subject, `${reasonOf(error)}; restart npm start, or deploy, with this configuration`);
  }
}

interface SendParts extends StreamParts {
  readonly options: DoctorOptions;
  readonly config: Config;
}

const testMetric = "hydrant.doctor";

async function* sendTest(
  streams: readonly string[],
  { client }: Target,
  parts: SendParts,
): AsyncGenerator<Finding> {
  const { clock, random } = parts;
  const producer = createProducer(client, clock, random);
  const point = { name: testMetric, value: 1, timestampMs: clock.nowMs(), type: "gauge" as const, tags: [] };
  let isPut = false;
  for (const stream of streams) {
    try {
      await producer.put(stream, [point]);
      isPut = true;
      yield ok(`put on ${stream}`, `${testMetric} = 1; look for it at the destination`);
    } catch (error) {
      yield fail(`put on ${stream}`, reasonOf(error));
    }
  }
  if (isPut && !parts.options.aws) yield await waitForDelivery(parts);
}

/** More than the buffer waits: a try, and one again after a wait. */
const graceMs = 30_000;
const pollMs = 500;

/** The local host says how many records wait; none any more means that the endpoint took what there was. */
async function waitForDelivery({ options, config, clock, fetch: send }: SendParts): Promise<Finding> {
  const subject = "delivery";
  const hostUrl = options.endpointUrl ?? `http://127.0.0.1:${config.port}`;
  const startMs = clock.nowMs();
  const untilMs = startMs + config.buffer.seconds * 1000 + graceMs;
  const signal = new AbortController().signal;
  for (;;) {
    const waiting = await waitingRecords(`${hostUrl}/healthz`, send);
    if (waiting === 0)
      return ok(subject, `nothing waits any more, after ${seconds(clock.nowMs() - startMs)}`);
    if (waiting === undefined)
      return fail(subject, `${hostUrl} does not say how many records wait: look at its output`);
    if (clock.nowMs() >= untilMs) {
      const after = seconds(clock.nowMs() - startMs);
      return fail(subject, `${waiting} records still wait after ${after}: the output of npm start says why`);
    }
    await clock.sleep(pollMs, signal);
  }
}

async function waitingRecords(url: string, send: Fetch): Promise<number | undefined> {
  try {
    const response = await send(url, {});
    const { waitingRecords: waiting } = (await response.json()) as { readonly waitingRecords?: unknown };
    return typeof waiting === "number" ? waiting : undefined;
  } catch {
    return undefined;
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
