import { abortAfter, type Clock } from "../../lib/clock.ts";
import type { BufferingHints } from "../../lib/config.ts";
import type { Backup } from "../../lib/store/store.ts";
import { maxDeadlineMs, type Endpoint } from "../../lib/firehose/endpoint.ts";
import { ByteBudget } from "../../lib/http/byte-budget.ts";
import { openPost } from "../../lib/http/post.ts";
import { RecordBuffer } from "./buffer.ts";
import { UnavailableError } from "./commit-queue.ts";
import type { HostEvent } from "./delivery-event.ts";
import { DeliveryHealth } from "./delivery-health.ts";
import type { DeliveryStream } from "./attempt-delivery.ts";
import { StreamDelivery } from "./delivery.ts";
import { answerFirehose } from "./firehose-api.ts";
import type { HostHealth } from "./host-health.ts";
import { closeServer, createHostServer, listen, type Route } from "./server.ts";

export interface HostParts {
  /** 0 takes any that is free. */
  readonly port: number;
  readonly dataDir: string;
  /** A `url` that begins with `/` is a path of this host. */
  readonly streams: readonly DeliveryStream[];
  readonly hints: BufferingHints;
  readonly retrySeconds: number;
  readonly maxWaitingBytes?: number | undefined;
  readonly endpoint: Endpoint;
  readonly backup: Backup;
  readonly clock: Clock;
  readonly random: () => number;
  readonly report: (event: HostEvent) => void;
}

export interface Host {
  readonly url: string;
  readonly streams: readonly DeliveryStream[];
  /** How many records are on disk. */
  waitingRecords(): number;
  /** Records on disk of streams that this host does not have. */
  strayRecords(): readonly { readonly stream: string; readonly records: number }[];
  /**
   * Takes nothing more, lets attempts in flight end until `now` aborts or 20 s are over, and closes the buffer.
   * Gives how many records wait on disk for the next start.
   */
  stop(now: AbortSignal): Promise<number>;
}

/**
 * Runs Firehose's API, the buffer, the deliveries and the endpoint in this process.
 * @throws BufferError when the data folder cannot be used; PortError when the port is taken
 */
export async function startHost(parts: HostParts): Promise<Host> {
  await using opening = new AsyncDisposableStack();
  const { clock, hints } = parts;
  const buffer = opening.use(new RecordBuffer({ ...parts, folder: parts.dataDir }));
  const { post } = opening.use(openPost());
  const health = new DeliveryHealth();
  const report = (event: HostEvent): void => {
    health.see(event, clock.nowMs());
    parts.report(event);
  };
  const deliveries = new Map<string, StreamDelivery>();
  const endAll = (now: AbortSignal): Promise<void> => endDeliveries([...deliveries.values()], clock, now);
  const stopping = new AbortController();
  const server = createHostServer((request) => route(request), clock);
  const url = await listen(server, parts.port);
  opening.defer(() => closeServer(server, clock, AbortSignal.abort()));
  opening.defer(() => endAll(AbortSignal.abort()));
  const streams = parts.streams.map((stream) => ({ ...stream, url: stream.url.replace(/^\//, `${url}/`) }));
  const route = routeOf({ ...parts, streams, buffer, deliveries, health, stopping: stopping.signal });
  for (const stream of streams) {
    deliveries.set(stream.name, new StreamDelivery(stream, { ...parts, post, buffer, report }, hints));
  }
  for (const delivery of deliveries.values()) delivery.start();
  const open = opening.move();
  return {
    url,
    streams,
    waitingRecords: () => buffer.waitingRecords,
    strayRecords: () => buffer.streams().filter(({ stream }) => !deliveries.has(stream)),
    async stop(now) {
      stopping.abort();
      await endAll(now);
      await closeServer(server, clock, now);
      const waiting = buffer.waitingRecords;
      await open.disposeAsync();
      return waiting;
    },
  };
}

/** Bodies of API calls in work: some 20 of the largest, and thousands of usual ones. */
const maxCallBytesAtOnce = 134_217_728;

interface RouteParts extends HostParts {
  readonly buffer: RecordBuffer;
  readonly deliveries: ReadonlyMap<string, StreamDelivery>;
  readonly health: DeliveryHealth;
  readonly stopping: AbortSignal;
}

function routeOf(parts: RouteParts): Route {
  const { buffer, deliveries, stopping } = parts;
  const put = async (stream: string, records: readonly Uint8Array[]): Promise<readonly number[]> => {
    if (stopping.aborted) throw new UnavailableError("The host is stopping. Put it again when it is back.");
    const ids = await buffer.put(stream, records);
    deliveries.get(stream)?.look();
    return ids;
  };
  const budget = new ByteBudget(maxCallBytesAtOnce);
  const api = { ...parts, createdMs: parts.clock.nowMs(), put, budget };
  return (request) => {
    if (isHealthCheck(request)) return Promise.resolve(Response.json(healthOf(parts)));
    return isApiCall(request) ? answerFirehose(request, api) : parts.endpoint(request, maxDeadlineMs);
  };
}

function isHealthCheck({ method, url }: Request): boolean {
  return (method === "GET" || method === "HEAD") && new URL(url).pathname === "/healthz";
}

/** A `POST /` without a target is the endpoint's business, as any other path is. */
function isApiCall({ method, url, headers }: Request): boolean {
  return method === "POST" && new URL(url).pathname === "/" && headers.has("x-amz-target");
}

function healthOf({ buffer, health, streams }: RouteParts): HostHealth {
  return {
    status: "ok",
    waitingRecords: buffer.waitingRecords,
    failing: health.failing(),
    streams: streams.map(({ name: stream }) => ({
      stream,
      ...buffer.waiting(stream),
      ...health.ended(stream),
    })),
  };
}

const stopMs = 20_000;

async function endDeliveries(
  deliveries: readonly StreamDelivery[],
  clock: Clock,
  now: AbortSignal,
): Promise<void> {
  using patience = abortAfter(clock, stopMs, "attempts took too long");
  const signal = AbortSignal.any([now, patience.signal]);
  const cancel = (): void => deliveries.forEach((delivery) => delivery.cancel());
  signal.addEventListener("abort", cancel);
  if (signal.aborted) cancel();
  await Promise.all(deliveries.map((delivery) => delivery.stop()));
}
