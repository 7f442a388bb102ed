import type { Fetch } from "../../lib/github/send-in-time.ts";
import type { FailingStream } from "./delivery-health.ts";

/** What a local host says of itself at `/healthz`. */
export interface HostHealth {
  readonly status: "ok";
  /** Records on disk, of all streams. */
  readonly waitingRecords: number;
  readonly failing: readonly FailingStream[];
}

/** @throws where no local host answers at this address */
export async function readHealth(hostUrl: string, send: Fetch): Promise<HostHealth> {
  const response = await send(`${hostUrl}/healthz`, {});
  const health = (await response.json()) as HostHealth;
  if (health.status !== "ok") throw new Error(`${hostUrl} is no local host of Hydrant`);
  return health;
}
