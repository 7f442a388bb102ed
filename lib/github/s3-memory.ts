import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { memoryKey } from "../config/aws.ts";
import type { MemoryStore } from "./memory.ts";

/** A memory kept in the backup bucket. */
export function s3Memory(bucket: string, client: Pick<S3Client, "send">): MemoryStore {
  const object = { Bucket: bucket, Key: memoryKey };
  return {
    async read() {
      try {
        const { Body } = await client.send(new GetObjectCommand(object));
        return await Body?.transformToString();
      } catch (error) {
        if (error instanceof Error && error.name === "NoSuchKey") return undefined;
        throw error;
      }
    },
    async write(text) {
      await client.send(new PutObjectCommand({ ...object, Body: text, ContentType: "application/json" }));
    },
  };
}
