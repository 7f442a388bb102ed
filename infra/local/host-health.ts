import type { Fetch } from "../../lib/github/send-in-time.ts";
import type { Ended, FailingStream } from "./delivery-health.ts";
import type { Waiting } from "./stored.ts";

/** What a local host says of itself at `/healthz`. */
export interface HostHealth {
  readonly status: "ok";
  /** Records on disk, of all streams. */
  readonly waitingRecords: number;
  readonly failing: readonly FailingStream[];
  readonly streams: readonly StreamHealth[];
}

export interface StreamHealth extends Waiting, Ended {
  readonly stream: string;
}

/** @throws where no local host answers at this address */
export async function readHealth(hostUrl: string, send: Fetch): Promise<HostHealth> {
  const response = await send(new URL("/healthz", hostUrl).href, {});
  const health = (await response.json().catch(() => undefined)) as Partial<HostHealth> | undefined;
  if (health?.status === "ok" && health.streams !== undefined) return health as HostHealth;
  throw new Error(`${hostUrl} is no local host of this Hydrant`);
}
