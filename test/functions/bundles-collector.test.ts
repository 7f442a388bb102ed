import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundle } from "../../infra/aws/bundle.ts";
import { memoryKey } from "../../lib/config/aws.ts";
import { pullRequestOf, repositoryOf } from "../support/github-model.ts";
import { githubToken } from "../support/github.ts";
import { onRic, ric, startLambda } from "../support/lambda-process.ts";
import { isMotoThere, onMoto, startMoto } from "../support/moto.ts";
import { startTickHost } from "../support/tick-host.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hydrant-bundle-"));
  await bundle("collector", folder);
});
afterAll(() => rm(folder, { recursive: true }));

/** A minute of the last half hour, as EventBridge Scheduler writes it. */
const minuteAgo = (minutes: number): string =>
  new Date(Math.floor(Date.now() / 60_000) * 60_000 - minutes * 60_000).toISOString().replace(".000", "");

const withPullRequest = (): ReturnType<typeof repositoryOf> => {
  const web = repositoryOf("acme/web");
  web.pullRequests = [pullRequestOf(1, { labels: ["bug"] })];
  return web;
};

describe.skipIf(ric === undefined)(onRic("the collector's bundle under AWS's runtime client"), () => {
  it("puts what it collects at an event of the schedule", async () => {
    await using host = await startTickHost({ repositories: [withPullRequest()] });
    await using collector = await startLambda(folder, {
      ...host.env,
      AWS_ENDPOINT_URL_FIREHOSE: host.host.url,
    });
    const invoked = await collector.invoke({ scheduledTime: minuteAgo(5) });
    expect(invoked).toMatchObject({ kind: "response", value: { collector: "github", repositories: 1 } });
    const open = await host.values("github.pull_requests.open", ["repository:acme/web"], 1);
    expect(open).toEqual({ datadog: [1], mackerel: [1] });
    expect(collector.output.join("\n")).not.toContain(githubToken);
  });

  it("fails at an event without a time", async () => {
    await using host = await startTickHost({ repositories: [withPullRequest()] });
    await using collector = await startLambda(folder, { ...host.env });
    expect(await collector.invoke({})).toMatchObject({
      kind: "error",
      errorMessage: expect.stringContaining("scheduled time"),
    });
  });
});

describe.skipIf(ric === undefined || !isMotoThere)(
  onRic(onMoto("the collector's bundle with secrets in Secrets Manager")),
  () => {
    it("signs in with the token it finds there, keeps its memory in the bucket, and names a token that is missing", async () => {
      await using host = await startTickHost({ repositories: [withPullRequest()] });
      await using moto = await startMoto();
      const { client } = moto;
      const secrets = new SecretsManagerClient(client);
      const s3 = new S3Client({ ...client, forcePathStyle: true });
      await s3.send(
        new CreateBucketCommand({
          Bucket: "backup",
          CreateBucketConfiguration: { LocationConstraint: "eu-west-1" },
        }),
      );
      const create = async (Name: string, SecretString?: string): Promise<string> => {
        const created = await secrets.send(
          new CreateSecretCommand({ Name, ...(SecretString && { SecretString }) }),
        );
        return created.ARN ?? "";
      };
      const { GITHUB_TOKEN: _, DATADOG_API_KEY: __, MACKEREL_API_KEY: ___, ...open } = host.env;
      const env = {
        ...open,
        ...moto.env,
        AWS_ENDPOINT_URL_FIREHOSE: host.host.url,
        HYDRANT_BACKUP_BUCKET: "backup",
        DATADOG_API_KEY_SECRET_ARN: "arn:that-the-collector-may-not-read",
        MACKEREL_API_KEY_SECRET_ARN: "arn:that-the-collector-may-not-read",
      };
      const GITHUB_TOKEN_SECRET_ARN = await create("hydrant/GITHUB_TOKEN", githubToken);
      await using collector = await startLambda(folder, { ...env, GITHUB_TOKEN_SECRET_ARN });
      const invoked = await collector.invoke({ scheduledTime: minuteAgo(5) });
      expect(invoked).toMatchObject({ kind: "response", value: { repositories: 1, failures: [] } });
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: "backup" }));
      expect(Contents.map(({ Key }) => Key)).toEqual([memoryKey]);
      const again = await collector.invoke({ scheduledTime: minuteAgo(4) });
      expect(again).toMatchObject({ kind: "response", value: { remarks: [] } });

      const empty = await create("other/GITHUB_TOKEN");
      await using lacking = await startLambda(folder, { ...env, GITHUB_TOKEN_SECRET_ARN: empty });
      expect(await lacking.invoke({ scheduledTime: minuteAgo(5) })).toMatchObject({
        kind: "error",
        errorMessage: expect.stringContaining("The secret other/GITHUB_TOKEN has no value"),
      });
    });
  },
);
