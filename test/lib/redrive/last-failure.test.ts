import { CloudWatchClient, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { lastFailureMs } from "../../../lib/redrive/last-failure.ts";
import { SteppingClock } from "../../support/stepping-clock.ts";
import { isMotoThere, onMoto, startMoto, type Moto } from "../../support/moto.ts";

const minuteMs = 60_000;
const nowMs = Math.floor(Date.now() / minuteMs) * minuteMs;

describe.skipIf(!isMotoThere)(onMoto("the last failure of a stream, by CloudWatch"), () => {
  let moto: Moto;
  let client: CloudWatchClient;
  beforeAll(async () => {
    moto = await startMoto();
    client = new CloudWatchClient(moto.client);
  });
  afterAll(async () => {
    client.destroy();
    await moto[Symbol.asyncDispose]();
  });

  /** What Firehose tells of attempts: how many records got through, in the minute so long ago. */
  async function tell(stream: string, minutesAgo: number, values: readonly number[]): Promise<void> {
    const Dimensions = [{ Name: "DeliveryStreamName", Value: stream }];
    const Timestamp = new Date(nowMs - minutesAgo * minuteMs);
    const MetricData = values.map((Value) => ({
      MetricName: "DeliveryToHttpEndpoint.Success",
      Dimensions,
      Timestamp,
      Value,
    }));
    await client.send(new PutMetricDataCommand({ Namespace: "AWS/Firehose", MetricData }));
  }
  const ask = (stream: string): Promise<number | undefined> =>
    lastFailureMs(stream, { client, clock: new SteppingClock(nowMs), quietMs: 5 * minuteMs });

  it("is the newest minute in which an attempt failed, others beside it or not", async () => {
    await tell("failing", 4, [0]);
    await tell("failing", 3, [0, 500]);
    await tell("failing", 1, [500]);
    expect(await ask("failing")).toBe(nowMs - 3 * minuteMs);
  });

  it("is none where all got through, where it was long ago, and where nothing is told", async () => {
    await tell("well", 2, [1, 500]);
    await tell("was-failing", 6, [0]);
    for (const stream of ["well", "was-failing", "quiet"]) expect(await ask(stream)).toBeUndefined();
  });

  it("fails where CloudWatch cannot be asked", async () => {
    const nowhere = new CloudWatchClient({ ...moto.client, endpoint: "http://127.0.0.1:1", maxAttempts: 1 });
    const asked = lastFailureMs("x", { client: nowhere, clock: new SteppingClock(nowMs), quietMs: minuteMs });
    await expect(asked).rejects.toThrow();
  });
});
