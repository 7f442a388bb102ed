import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";

import type * as Redrive from "../../functions/redrive.ts";
import { s3Store } from "../../lib/redrive/s3-store.ts";
import type { Store } from "../../lib/redrive/store.ts";
import { startFirehose, type FirehoseStandIn } from "../support/firehose-api.ts";
import { contextWith } from "../support/lambda-contract.ts";
import { isMotoThere, onMoto, startMoto, type Moto } from "../support/moto.ts";
import { keyOf, manyFailed, stream, writeObject } from "../support/redrive.ts";

const bucket = "hydrant-backup";
const stack = new AsyncDisposableStack();
let moto: Moto;
let s3: S3Client;
let store: Store;
let firehose: FirehoseStandIn;
let redrive: typeof Redrive;
let output = "";

beforeAll(async () => {
  if (!isMotoThere) return;
  moto = stack.use(await startMoto());
  firehose = stack.use(await startFirehose([stream, "hydrant-datadog"]));
  s3 = new S3Client({ ...moto.client, forcePathStyle: true });
  stack.defer(() => s3.destroy());
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  store = s3Store(bucket, s3);
  const folder = await mkdtemp(join(tmpdir(), "hydrant-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const env = {
    ...moto.env,
    AWS_ENDPOINT_URL_FIREHOSE: firehose.url,
    HYDRANT_BACKUP_BUCKET: bucket,
    HYDRANT_DATA_DIR: folder,
    DATADOG_API_KEY_SECRET_ARN: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:d",
    MACKEREL_API_KEY_SECRET_ARN: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:m",
    MACKEREL_SERVICE: "shop",
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  redrive = await import("../../functions/redrive.ts");
});

beforeEach(() => {
  output = "";
  for (const each of [process.stdout, process.stderr]) {
    vi.spyOn(each, "write").mockImplementation((chunk) => {
      output += String(chunk);
      return true;
    });
  }
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await stack.disposeAsync();
});

const keys = async (): Promise<string[]> =>
  ((await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(({ Key = "" }) => Key);

const lines = (): Record<string, unknown>[] =>
  output
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

it.skipIf(!isMotoThere)(
  onMoto("the redrive function leaves a stream alone that is still failing"),
  async () => {
    await writeObject(store, keyOf("o"), manyFailed("a", 700));
    await redrive.handler({}, contextWith(900_000));
    expect(firehose.stored[stream]).toEqual([]);
    expect(lines()).toContainEqual(expect.objectContaining({ level: "WARN", stream, ending: "failing" }));
  },
);

it.skipIf(!isMotoThere)(
  onMoto("and puts back from the bucket what failed, when that was a while ago"),
  async () => {
    const later = Date.now() + 3_600_000;
    const now = vi.spyOn(Date, "now").mockImplementation(() => later);
    await redrive.handler({}, contextWith(900_000));
    now.mockRestore();
    expect(firehose.stored[stream]).toHaveLength(700);
    expect((await keys()).filter((key) => !key.startsWith("redrive/"))).toEqual([`redriven/${keyOf("o")}`]);
    const logged = { level: "INFO", message: "redrive", stream, ending: "done", moved: 1 };
    expect(lines()).toContainEqual(
      expect.objectContaining({ ...logged, put: { records: 700, points: 700 } }),
    );
    expect(lines()).toContainEqual(
      expect.objectContaining({ stream, RedrivenRecords: 700, RedrivenPoints: 700 }),
    );
  },
);
