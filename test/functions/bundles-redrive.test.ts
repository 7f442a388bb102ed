import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";

import { bundle } from "../../infra/aws/bundle.ts";
import { s3Store } from "../../lib/store/s3-store.ts";
import { startFirehose } from "../support/firehose-api.ts";
import { onRic, ric, startLambda, type LambdaProcess } from "../support/lambda-process.ts";
import { isMotoThere, onMoto, startMoto } from "../support/moto.ts";
import { keyOf, manyFailed, stream, writeObject } from "../support/redrive.ts";

const bucket = "hydrant-backup";
const hourAhead = join(import.meta.dirname, "../support/hour-ahead.ts");

/** What the function wrote as JSON. */
const lines = ({ output }: LambdaProcess): Record<string, unknown>[] =>
  output.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Record<string, unknown>);

describe.skipIf(ric === undefined || !isMotoThere)(
  onRic(onMoto("the redrive's bundle under AWS's runtime client")),
  () => {
    it("leaves a stream alone that is still failing, and puts back what failed a while ago", async () => {
      await using stack = new AsyncDisposableStack();
      const folder = await mkdtemp(join(tmpdir(), "hydrant-bundle-"));
      stack.defer(() => rm(folder, { recursive: true }));
      await bundle("redrive", folder);
      const moto = stack.use(await startMoto());
      const firehose = stack.use(await startFirehose([stream, "hydrant-datadog"]));
      const s3 = new S3Client({ ...moto.client, forcePathStyle: true });
      stack.defer(() => s3.destroy());
      await s3.send(new CreateBucketCommand({ Bucket: bucket }));
      const keys = async (): Promise<string[]> =>
        ((await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(
          ({ Key = "" }) => Key,
        );
      await writeObject(s3Store(bucket, s3), keyOf("o"), manyFailed("a", 700));
      const env = {
        ...moto.env,
        AWS_ENDPOINT_URL_FIREHOSE: firehose.url,
        HYDRANT_BACKUP_BUCKET: bucket,
        DATADOG_API_KEY_SECRET_ARN: "arn:that-the-redrive-may-not-read",
        MACKEREL_API_KEY_SECRET_ARN: "arn:that-the-redrive-may-not-read",
        MACKEREL_SERVICE: "shop",
      };

      const now = stack.use(await startLambda(folder, env));
      expect(await now.invoke({})).toMatchObject({ kind: "response" });
      expect(firehose.stored[stream]).toEqual([]);
      expect(lines(now)).toContainEqual(
        expect.objectContaining({ level: "WARN", stream, ending: "failing" }),
      );

      const later = stack.use(await startLambda(folder, { ...env, NODE_OPTIONS: `--import=${hourAhead}` }));
      expect(await later.invoke({}, 3_600_000 + 170_000)).toMatchObject({ kind: "response" });
      expect(firehose.stored[stream]).toHaveLength(700);
      expect((await keys()).filter((key) => !key.startsWith("redrive/"))).toEqual([`redriven/${keyOf("o")}`]);
      const put = { records: 700, points: 700 };
      const logged = { level: "INFO", message: "redrive", stream, ending: "done", moved: 1, put };
      expect(lines(later)).toContainEqual(expect.objectContaining(logged));
      expect(lines(later)).toContainEqual(expect.objectContaining({ stream, RedrivenPoints: 700 }));
    });
  },
);
