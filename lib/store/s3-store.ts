import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  type GetObjectCommandOutput,
  type S3ClientConfig,
} from "@aws-sdk/client-s3";

import type { Store, StoredObject } from "./store.ts";

/** A bucket, by a client of its own. */
export const openS3Store = (bucket: string, config: S3ClientConfig): Store =>
  s3Store(bucket, new S3Client(config));

/** A bucket. Import it when it is needed: its client is large. */
export function s3Store(bucket: string, client: S3Client): Store {
  const get = (key: string): Promise<GetObjectCommandOutput | undefined> =>
    unless(["NoSuchKey"], client.send(new GetObjectCommand({ Bucket: bucket, Key: key })));
  const write = async (
    key: string,
    text: string,
    more: { readonly IfNoneMatch?: "*" } = {},
  ): Promise<void> => {
    const object = { Bucket: bucket, Key: key, Body: text, ContentType: "application/x-ndjson" };
    await client.send(new PutObjectCommand({ ...object, ...more }));
  };
  const remove = async (key: string): Promise<void> => {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  };
  return {
    list: (prefix) => list(client, bucket, prefix),
    read: async (key) => (await get(key))?.Body as AsyncIterable<Uint8Array> | undefined,
    readText: async (key) => await (await get(key))?.Body?.transformToString(),
    write,
    /** Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
    async create(key, text) {
      const written = write(key, text, { IfNoneMatch: "*" }).then(() => true);
      return (await unless(["PreconditionFailed", "ConditionalRequestConflict"], written)) ?? false;
    },
    async move({ key, version }, to) {
      const source = `${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
      const copy = new CopyObjectCommand({
        Bucket: bucket,
        Key: to,
        CopySource: source,
        CopySourceIfMatch: version,
      });
      const copied = await unless(["NoSuchKey", "PreconditionFailed"], client.send(copy));
      if (copied !== undefined) await remove(key);
    },
    remove,
  };
}

async function* list(client: S3Client, bucket: string, prefix: string): AsyncGenerator<StoredObject> {
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
    for (const {
      Key: key = "",
      Size: bytes = 0,
      LastModified: modified,
      ETag: version = "",
    } of page.Contents ?? []) {
      if (!key.endsWith("/")) yield { key, bytes, modifiedMs: modified?.getTime() ?? 0, version };
    }
  }
}

/** Undefined in place of these errors. */
async function unless<T>(names: readonly string[], answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && names.includes(error.name)) return undefined;
    throw error;
  }
}
