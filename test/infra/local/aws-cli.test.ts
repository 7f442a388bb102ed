import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFirehoseEndpoint, type FirehoseEndpoint } from "../../support/firehose-endpoint.ts";
import { startTestHost, type TestHost } from "../../support/host.ts";
import { until } from "../../support/until.ts";

const run = promisify(execFile);
const credentials = {
  AWS_ACCESS_KEY_ID: "any",
  AWS_SECRET_ACCESS_KEY: "any",
  AWS_DEFAULT_REGION: "us-east-1",
};
const env = { PATH: process.env["PATH"], HOME: "/nonexistent", AWS_MAX_ATTEMPTS: "1", ...credentials };
const version = await run("aws", ["--version"], { env }).then(
  ({ stdout }) => stdout,
  () => undefined,
);

// The first version needs no option for raw text in --record; the second would take it for base64.
const rawText = version?.startsWith("aws-cli/1.") ? [] : ["--cli-binary-format", "raw-in-base64-out"];

describe.skipIf(version === undefined)("the AWS CLI (skipped where there is no aws command)", () => {
  let endpoint: FirehoseEndpoint;
  let host: TestHost;
  beforeAll(async () => {
    endpoint = await startFirehoseEndpoint();
    host = await startTestHost({ streams: [{ name: "web", url: endpoint.url }] });
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
    await endpoint[Symbol.asyncDispose]();
  });

  const aws = async (...words: string[]): Promise<unknown> => {
    const all = ["--endpoint-url", host.url, "--output", "json", "firehose", ...words];
    return JSON.parse((await run("aws", all, { env })).stdout);
  };

  it("puts a record", async () => {
    const record = JSON.stringify({ Data: "demo.users\t42\t1700000000" });
    const answer = await aws("put-record", "--delivery-stream-name", "web", "--record", record, ...rawText);
    expect(answer).toEqual({ RecordId: expect.any(String), Encrypted: false });
    await until(() => endpoint.records().includes("demo.users\t42\t1700000000"), "the record");
  });

  it("puts records in one call", async () => {
    const records = JSON.stringify([{ Data: "one" }, { Data: "two" }]);
    const answer = await aws(
      "put-record-batch",
      "--delivery-stream-name",
      "web",
      "--records",
      records,
      ...rawText,
    );
    expect(answer).toMatchObject({ FailedPutCount: 0, RequestResponses: [{}, {}] });
    await until(() => endpoint.records().includes("two"), "the records");
  });

  it("describes and lists streams", async () => {
    expect(await aws("list-delivery-streams")).toMatchObject({ DeliveryStreamNames: ["web"] });
    expect(await aws("describe-delivery-stream", "--delivery-stream-name", "web")).toMatchObject({
      DeliveryStreamDescription: { DeliveryStreamStatus: "ACTIVE" },
    });
  });

  it("is told by name that a stream is not there", async () => {
    const put = aws("put-record", "--delivery-stream-name", "nope", "--record", '{"Data":"eA=="}');
    await expect(put).rejects.toThrow(/ResourceNotFoundException.*Firehose nope .* There is web\./s);
  });
});
