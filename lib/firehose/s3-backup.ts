import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { Backup } from "./backup.ts";

/** A bucket. Import it when there is something to keep: its client is larger than all the rest of the endpoint. */
export function s3Backup(
  bucket: string,
  client: Pick<S3Client, "send"> = new S3Client(s3ClientConfig),
): Backup {
  return {
    async put(key, body) {
      const ContentType = "application/x-ndjson";
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType }));
    },
  };
}

const s3ClientConfig = {
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};
