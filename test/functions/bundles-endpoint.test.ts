import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle, type Bundle } from "../../infra/aws/bundle.ts";
import type { LambdaResult } from "../../lib/http/lambda.ts";
import { accessKeySecret } from "../../lib/secrets/access-key-secret.ts";
import { expectContract } from "../support/lambda-contract.ts";
import { deliveredPoints, delivery, lambdaEvents } from "../support/lambda-events.ts";
import { onRic, ric, startLambda, type LambdaProcess } from "../support/lambda-process.ts";
import { startMackerel, type MackerelStandIn } from "../support/mackerel.ts";
import { isMotoThere, onMoto, startMoto, type Moto } from "../support/moto.ts";

const apiKey = "key-of-the-mackerel-account";
const events = [...lambdaEvents()].map(([name, text]) => ({ name, event: JSON.parse(text) as LambdaEvent }));
const functionUrlEvent = events.find(({ name }) => name === "function-url.plain.json")?.event;

interface LambdaEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

let folder: string;
let built: Bundle;
let mackerel: MackerelStandIn;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hydrant-bundle-"));
  built = await bundle("endpoint", join(folder, "endpoint"));
  mackerel = await startMackerel({ apiKey, services: ["shop"] });
});

afterAll(async () => {
  await mackerel[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function answerOf(endpoint: LambdaProcess, event: unknown): Promise<LambdaResult> {
  const invoked = await endpoint.invoke(event);
  if (invoked.kind === "error") throw new Error(`${invoked.errorType}: ${invoked.errorMessage}`);
  const result = invoked.value as LambdaResult;
  expectContract(result);
  return result;
}

const expectDelivered = async (endpoint: LambdaProcess, event: unknown): Promise<void> => {
  const before = mackerel.points().length;
  const result = await answerOf(endpoint, event);
  expect(result.body).toMatch(new RegExp(`^{"requestId":"${delivery.requestId}","timestamp":\\d{13}}$`));
  expect(result.statusCode).toBe(200);
  const points = mackerel.points().slice(before);
  expect(points).toEqual(deliveredPoints.map((point) => ({ service: "shop", ...point })));
};

/** The function URL's event with other headers, to another path or with other records. */
function eventWith(change: { accessKey?: string; path?: string; records?: readonly string[] }): object {
  const { headers = {}, body = "" } = functionUrlEvent ?? {};
  const { "content-length": _, ...kept } = headers;
  const records = change.records?.map((text) => ({ data: Buffer.from(text).toString("base64") }));
  const { requestId } = delivery;
  return {
    ...functionUrlEvent,
    rawPath: change.path ?? "/mackerel",
    headers: { ...kept, ...(change.accessKey && { "x-amz-firehose-access-key": change.accessKey }) },
    body: records === undefined ? body : JSON.stringify({ requestId, timestamp: 1_700_000_000_000, records }),
  };
}

describe("the endpoint's bundle", () => {
  it("loads the client of S3 only when there is something to keep", () => {
    expect(built.startBytes).toBeLessThan(400_000);
    expect(built.allBytes).toBeGreaterThan(built.startBytes + 100_000);
  });
});

describe.skipIf(ric === undefined)(onRic("under AWS's runtime client"), () => {
  let endpoint: LambdaProcess;

  beforeAll(async () => {
    endpoint = await startLambda(built.folder, {
      MACKEREL_API_URL: mackerel.url,
      MACKEREL_API_KEY: apiKey,
      MACKEREL_SERVICE: "shop",
      HYDRANT_ACCESS_KEYS: delivery.accessKey,
    });
  });
  afterAll(() => endpoint[Symbol.asyncDispose]());

  it.each(events)("delivers $name and answers as Firehose accepts it", async ({ event }) => {
    await expectDelivered(endpoint, event);
  });

  it.each([null, [], "text", {}, { requestContext: 1, headers: [] }])(
    "answers %j with a contract reply",
    async (event) => {
      expect((await answerOf(endpoint, event)).statusCode).toBe(404);
    },
  );

  it("writes lines of JSON that no format of Lambda's wraps, and no secret", async () => {
    await expectDelivered(endpoint, functionUrlEvent);
    const lines = endpoint.output.filter((line) => line.includes("delivery") || line.includes("_aws"));
    expect(lines.length).toBeGreaterThanOrEqual(2 * events.length);
    expect(lines.map((line) => JSON.parse(line) as object)).toContainEqual(
      expect.objectContaining({ _aws: expect.anything(), AcceptedPoints: 3, stream: delivery.stream }),
    );
    for (const secret of [apiKey, delivery.accessKey, "pull_requests"]) {
      expect(endpoint.output.join("\n")).not.toContain(secret);
    }
  });
});

const arn = (name: string): string => `${name}_SECRET_ARN`;

describe.skipIf(ric === undefined || !isMotoThere)(
  onRic(onMoto("with secrets in Secrets Manager and a bucket in S3")),
  () => {
    let moto: Moto;
    let secrets: SecretsManagerClient;
    let s3: S3Client;
    let endpoint: LambdaProcess;
    const arns: Record<string, string> = {};
    const stack = new AsyncDisposableStack();

    const create = async (variable: string, SecretString?: string): Promise<void> => {
      const created = await secrets.send(
        new CreateSecretCommand({ Name: `hydrant/${variable}`, ...(SecretString && { SecretString }) }),
      );
      arns[arn(variable)] = created.ARN ?? "";
    };

    beforeAll(async () => {
      moto = stack.use(await startMoto());
      const { client } = moto;
      secrets = new SecretsManagerClient(client);
      s3 = new S3Client({ ...client, forcePathStyle: true });
      stack.defer(() => secrets.destroy());
      stack.defer(() => s3.destroy());
      await s3.send(
        new CreateBucketCommand({
          Bucket: "backup",
          CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
        }),
      );
      await create("MACKEREL_API_KEY", apiKey);
      await create("DATADOG_API_KEY");
      await create("HYDRANT_ACCESS_KEYS", accessKeySecret(delivery.accessKey));
      endpoint = stack.use(
        await startLambda(built.folder, {
          ...moto.env,
          ...arns,
          MACKEREL_API_URL: mackerel.url,
          MACKEREL_SERVICE: "shop",
          HYDRANT_BACKUP_BUCKET: "backup",
        }),
      );
    });
    afterAll(() => stack.disposeAsync());

    it("delivers with the keys it finds there", async () => {
      await expectDelivered(endpoint, functionUrlEvent);
    });

    it("answers 503 for a destination whose secret has no value, and says which and what to do", async () => {
      const { statusCode, body } = await answerOf(endpoint, eventWith({ path: "/datadog" }));
      expect(statusCode).toBe(503);
      expect(body).toContain("The secret hydrant/DATADOG_API_KEY has no value");
      expect(body).toContain("npm run hydrant -- secrets push");
      await expectDelivered(endpoint, functionUrlEvent);
    });

    it("keeps a rejected line in the bucket, once, under the request's id", async () => {
      const event = eventWith({ records: ["no metric at all"] });
      for (const _ of [1, 2]) expect((await answerOf(endpoint, event)).statusCode).toBe(200);
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "backup" }));
      const key = `${delivery.stream}/rejected/2023/11/14/22/${delivery.stream}-${delivery.requestId}`;
      expect(Contents.map(({ Key }) => Key)).toEqual([key]);
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: "backup", Key: key }));
      const record = JSON.parse((await Body?.transformToString()) ?? "") as { rawData: string };
      expect(Buffer.from(record.rawData, "base64").toString()).toBe("no metric at all");
    });

    it("takes a rotated key at once and the one before it still, and no third", async () => {
      const SecretId = arns[arn("HYDRANT_ACCESS_KEYS")];
      expect((await answerOf(endpoint, eventWith({ accessKey: "guessed" }))).statusCode).toBe(401);
      await using other = await startLambda(built.folder, {
        ...moto.env,
        ...arns,
        MACKEREL_API_URL: mackerel.url,
        MACKEREL_SERVICE: "shop",
      });
      await expectDelivered(other, functionUrlEvent);
      const SecretString = accessKeySecret("the-new-key");
      await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
      await expectDelivered(other, eventWith({ accessKey: "the-new-key" }));
      await expectDelivered(other, functionUrlEvent);
      expect((await answerOf(other, eventWith({ accessKey: "guessed" }))).statusCode).toBe(401);
      for (const secret of ["the-new-key", delivery.accessKey, apiKey]) {
        expect(other.output.join("\n")).not.toContain(secret);
      }
    });

    it("answers 503 while Secrets Manager does not answer", async () => {
      await using other = await startLambda(built.folder, {
        ...moto.env,
        ...arns,
        AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://127.0.0.1:9",
        MACKEREL_SERVICE: "shop",
      });
      const { statusCode, body } = await answerOf(other, functionUrlEvent);
      expect(statusCode).toBe(503);
      expect(body).toContain("The secret hydrant/HYDRANT_ACCESS_KEYS could not be read");
    });
  },
);
