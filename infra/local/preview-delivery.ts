import { inflateSync } from "node:zlib";

import type { Clock } from "../../lib/clock.ts";
import { readConfig, type Config } from "../../lib/config.ts";
import { deliver, type Delivered } from "../../lib/destinations/deliver.ts";
import { destinations } from "../../lib/destinations/index.ts";
import type { MetricPoint } from "../../lib/point.ts";
import type { OutgoingRequest, Send } from "../../lib/send.ts";
import { UsageError } from "./arguments.ts";

/** What a destination would get of some points now; nothing is sent, and no key is in it. */
export interface DeliveryPreview extends Pick<Delivered, "accepted" | "merged" | "rejected" | "expired"> {
  readonly destination: string;
  readonly requests: readonly PreviewRequest[];
  readonly notes: readonly string[];
}

export interface PreviewRequest {
  readonly url: string;
  /** Of the body as it would be sent. */
  readonly bytes: number;
  /** Before compression, parsed. */
  readonly body: unknown;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Delivers points to a service that takes everything and is not there.
 * @throws UsageError when there is no such destination; ConfigError.
 */
export async function previewDelivery(
  name: string,
  points: readonly MetricPoint[],
  { env, clock }: { readonly env: Env; readonly clock: Clock },
): Promise<DeliveryPreview> {
  const { config, notes } = withStandInAccounts(env);
  const destination = destinations[name]?.(config);
  if (destination === undefined) {
    throw new UsageError(`--for must be one of ${Object.keys(destinations).join(", ")}`);
  }
  const requests: PreviewRequest[] = [];
  const send: Send = (request) => {
    requests.push(toPreview(request));
    return Promise.resolve({ status: 200, headers: {}, body: "" });
  };
  const parts = { clock, untilMs: clock.nowMs() + untilMs };
  const { accepted, merged, rejected, expired } = await deliver(points, { destination, send }, parts);
  const told = name === "mackerel" ? notes : [];
  return { destination: name, requests, accepted, merged, rejected, expired, notes: told };
}

const untilMs = 60_000;

const standInService = "my-service";

/** The configuration with keys that are none, so that every destination can be shown and no key can. */
function withStandInAccounts(env: Env): { config: Config; notes: string[] } {
  const hasService = (env["MACKEREL_SERVICE"] ?? "").trim() !== "";
  const config = readConfig({
    ...env,
    DATADOG_API_KEY: "none",
    MACKEREL_API_KEY: "none",
    ...(!hasService && { MACKEREL_SERVICE: standInService }),
  });
  return {
    config,
    notes: hasService ? [] : [`MACKEREL_SERVICE is not set: ${standInService} stands for it`],
  };
}

function toPreview({ url, headers, body }: OutgoingRequest): PreviewRequest {
  const bytes = Buffer.from(body);
  const raw = headers["Content-Encoding"] === "deflate" ? inflateSync(bytes) : bytes;
  return { url, bytes: bytes.byteLength, body: JSON.parse(raw.toString("utf8")) as unknown };
}
