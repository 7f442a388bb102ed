import { describe, expect, it } from "vitest";

import { readHealth } from "../../../infra/local/host-health.ts";
import { startFirehoseEndpoint } from "../../support/firehose-endpoint.ts";
import { startTestHost } from "../../support/host.ts";
import { startStandIn } from "../../support/stand-in.ts";
import { TurnedClock } from "../../support/turned-clock.ts";

const fault = (status: number) => ({ kind: "status", status, body: "no" }) as const;
const nothing = { deliveredRecords: 0, backedUpRecords: 0, droppedRecords: 0 };

describe("a host's health", () => {
  it("says of each stream what became of its records, what waits since when, and why it fails", async () => {
    const clock = new TurnedClock();
    await using endpoint = await startFirehoseEndpoint(({ records }) => {
      const [status] = records;
      return status === "200" ? undefined : fault(Number(status));
    });
    const streams = ["ended", "waiting", "idle"].map((name) => ({ name, url: endpoint.url }));
    const hints = { seconds: 900, mebibytes: 1 };
    await using host = await startTestHost({ streams, clock, hints, retrySeconds: 0 });
    const deliver = async (
      kind: "delivered" | "dropped" | "backed-up",
      ...records: string[]
    ): Promise<void> => {
      await host.put("ended", ...records);
      clock.turn(900_000);
      await host.told(kind);
    };
    await deliver("delivered", "200", "", "");
    await deliver("dropped", "413", "");
    await deliver("backed-up", "503");
    const failedMs = clock.nowMs();
    const oldestArrivalMs = clock.nowMs();
    await host.put("waiting", "a");
    clock.turn(1_000);
    await host.put("waiting", "b", "c");
    expect(await readHealth(host.url, globalThis.fetch)).toEqual({
      status: "ok",
      waitingRecords: 3,
      failing: [
        {
          stream: "ended",
          failedMs,
          errorCode: "HttpEndpoint.DestinationException",
          errorMessage: expect.stringMatching(/503: no$/),
        },
      ],
      streams: [
        { stream: "ended", waitingRecords: 0, deliveredRecords: 3, backedUpRecords: 1, droppedRecords: 2 },
        { stream: "waiting", waitingRecords: 3, oldestArrivalMs, ...nothing },
        { stream: "idle", waitingRecords: 0, ...nothing },
      ],
    });
  });

  it.each([[{ status: "ok", waitingRecords: 0 }], ["OK"]])("is not what answers %j", async (body) => {
    await using other = await startStandIn(() => ({ status: 200, body }));
    await expect(readHealth(other.url, globalThis.fetch)).rejects.toThrow(/is no local host of this Hydrant/);
  });
});
