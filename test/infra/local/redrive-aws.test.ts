import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { formatErrorRecords } from "../../../lib/firehose/error-record.ts";
import { s3Store } from "../../../lib/store/s3-store.ts";
import { startFirehose } from "../../support/firehose-api.ts";
import { spawnHydrant } from "../../support/host.ts";
import { isMotoThere, onMoto, startMoto, type Moto } from "../../support/moto.ts";

const bucket = "backup";
const hourMs = 3_600_000;

/** An object of what Firehose gave up on: a metric of two hours ago. */
function backedUp(name: string): string {
  const arrivalTimestamp = Date.now() - 2 * hourMs;
  const line = JSON.stringify({ name, value: 1, time: arrivalTimestamp / 1000 });
  return formatErrorRecords([
    {
      attemptsMade: 4,
      arrivalTimestamp,
      errorCode: "HttpEndpoint.DestinationException",
      errorMessage: "down",
      attemptEndingTimestamp: arrivalTimestamp,
      rawData: Buffer.from(`${line}\n`).toString("base64"),
      subsequenceNumber: 0,
      dataId: name,
    },
  ]);
}

describe.skipIf(!isMotoThere)(onMoto("hydrant redrive --aws"), () => {
  let moto: Moto;
  let client: S3Client;
  beforeAll(async () => {
    moto = await startMoto();
    client = new S3Client({ ...moto.client, forcePathStyle: true });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  afterAll(async () => {
    client.destroy();
    await moto[Symbol.asyncDispose]();
  });

  it("knows each stream and its destination's window, though a key is only in Secrets Manager", async () => {
    await using firehose = await startFirehose(["hydrant-datadog", "hydrant-mackerel"]);
    const store = s3Store(bucket, client);
    for (const stream of ["hydrant-datadog", "hydrant-mackerel"]) {
      await store.write(`${stream}/http-endpoint-failed/2026/01/31/12/x`, backedUp(stream));
    }
    const keys = { DATADOG_SITE: "datadoghq.eu", MACKEREL_API_KEY: "k", MACKEREL_SERVICE: "web" };
    const aws = { ...moto.env, AWS_ENDPOINT_URL_FIREHOSE: firehose.url, HYDRANT_BACKUP_BUCKET: bucket };
    await using run = spawnHydrant(["redrive", "--aws", "--force", "--json"], { ...aws, ...keys });
    expect({ exitCode: await run.ended, err: run.err }).toEqual({ exitCode: 0, err: [] });
    expect(JSON.parse(run.out.join(""))).toMatchObject({
      streams: [
        { stream: "hydrant-datadog", ending: "done", put: { records: 0 }, outside: { points: 1 } },
        { stream: "hydrant-mackerel", ending: "done", put: { records: 1, points: 1 } },
      ],
    });
    expect(firehose.stored).toMatchObject({
      "hydrant-datadog": [],
      "hydrant-mackerel": [expect.stringContaining("hydrant-mackerel")],
    });
  });
});
