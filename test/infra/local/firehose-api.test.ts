import {
  DescribeDeliveryStreamCommand,
  ListDeliveryStreamsCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
} from "@aws-sdk/client-firehose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFirehoseEndpoint, type FirehoseEndpoint } from "../../support/firehose-endpoint.ts";
import { now, startTestHost, type TestHost } from "../../support/host.ts";
import { TurnedClock } from "../../support/turned-clock.ts";

let endpoint: FirehoseEndpoint;
let host: TestHost;

beforeAll(async () => {
  endpoint = await startFirehoseEndpoint();
  const names = ["web", "app", "db.1-a_b"];
  host = await startTestHost({
    streams: names.map((name) => ({ name, url: endpoint.url, attributes: { team: "a" } })),
    clock: new TurnedClock(),
    hints: { seconds: 900, mebibytes: 3 },
    retrySeconds: 300,
  });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await endpoint[Symbol.asyncDispose]();
});

const putBatch = (records: readonly Uint8Array[], stream = "web"): Promise<unknown> =>
  host.client.send(
    new PutRecordBatchCommand({ DeliveryStreamName: stream, Records: records.map((Data) => ({ Data })) }),
  );

const list = async (more: object): Promise<object> => host.client.send(new ListDeliveryStreamsCommand(more));

describe("the Firehose API, for the AWS SDK", () => {
  it("puts a record, empty and largest ones too, each under an id of its own", async () => {
    const ids: (string | undefined)[] = [];
    for (const bytes of [0, 5, 1_024_000]) {
      const Record = { Data: Buffer.alloc(bytes) };
      const answer = await host.client.send(new PutRecordCommand({ DeliveryStreamName: "web", Record }));
      expect(answer).toMatchObject({ Encrypted: false, $metadata: { httpStatusCode: 200 } });
      expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
      ids.push(answer.RecordId);
    }
    expect(new Set(ids).size).toBe(3);
  });

  it("puts 500 records and 4 MiB in a call, with an answer for each", async () => {
    const answer = await putBatch(Array.from({ length: 500 }, () => Buffer.alloc(8_388)));
    expect(answer).toMatchObject({ FailedPutCount: 0, Encrypted: false });
    expect(
      new Set(
        (answer as { RequestResponses: { RecordId: string }[] }).RequestResponses.map(
          (each) => each.RecordId,
        ),
      ).size,
    ).toBe(500);
    const fourMebibytes = Array.from({ length: 4 }, () => Buffer.alloc(1_024_000));
    await expect(putBatch([...fourMebibytes, Buffer.alloc(98_304)])).resolves.toMatchObject({
      FailedPutCount: 0,
    });
  });

  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    ["a record over 1,000 KiB", () => putBatch([Buffer.alloc(1_024_001)]), "ValidationException", /1024000/],
    ["no records", () => putBatch([]), "ValidationException", /from 1 to 500; it has 0/],
    [
      "501 records",
      () => putBatch(Array.from({ length: 501 }, () => Buffer.alloc(1))),
      "ValidationException",
      /it has 501/,
    ],
    [
      "a call over 4 MiB",
      () => putBatch([...Array.from({ length: 4 }, () => Buffer.alloc(1_024_000)), Buffer.alloc(98_305)]),
      "InvalidArgumentException",
      /4 MB/,
    ],
    [
      "a body over 8 MiB",
      () => putBatch(Array.from({ length: 9 }, () => Buffer.alloc(1_000_000))),
      "InvalidArgumentException",
      /4 MB/,
    ],
    [
      "a stream that is not there",
      () => putBatch([Buffer.alloc(1)], "nope"),
      "ResourceNotFoundException",
      /nope under account 000000000000 not found. There is web, app, db.1-a_b/,
    ],
    [
      "a stream that cannot be",
      () => putBatch([Buffer.alloc(1)], "a b"),
      "ValidationException",
      /deliveryStreamName/,
    ],
  ])("refuses %s", async (_, call, name, message) => {
    await expect(call()).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("describes a stream", async () => {
    const { DeliveryStreamDescription: stream } = await host.client.send(
      new DescribeDeliveryStreamCommand({ DeliveryStreamName: "web" }),
    );
    expect(stream).toMatchObject({
      DeliveryStreamARN: "arn:aws:firehose:us-east-1:000000000000:deliverystream/web",
      DeliveryStreamStatus: "ACTIVE",
      DeliveryStreamType: "DirectPut",
      CreateTimestamp: new Date("2026-03-04T05:06:07.000Z"),
      HasMoreDestinations: false,
    });
    expect(stream?.Destinations?.[0]?.HttpEndpointDestinationDescription).toEqual({
      EndpointConfiguration: { Url: endpoint.url, Name: "web" },
      BufferingHints: { SizeInMBs: 3, IntervalInSeconds: 900 },
      RequestConfiguration: {
        ContentEncoding: "NONE",
        CommonAttributes: [{ AttributeName: "team", AttributeValue: "a" }],
      },
      RetryOptions: { DurationInSeconds: 300 },
      S3BackupMode: "FailedDataOnly",
    });
  });

  it("lists streams by name, page by page", async () => {
    expect(await list({})).toMatchObject({
      DeliveryStreamNames: ["app", "db.1-a_b", "web"],
      HasMoreDeliveryStreams: false,
    });
    expect(await list({ Limit: 2 })).toMatchObject({
      DeliveryStreamNames: ["app", "db.1-a_b"],
      HasMoreDeliveryStreams: true,
    });
    expect(await list({ ExclusiveStartDeliveryStreamName: "db.1-a_b" })).toMatchObject({
      DeliveryStreamNames: ["web"],
    });
    expect(await list({ DeliveryStreamType: "MSKAsSource" })).toMatchObject({ DeliveryStreamNames: [] });
    await expect(list({ Limit: 0 })).rejects.toMatchObject({ name: "ValidationException" });
    await expect(list({ DeliveryStreamType: "Bogus" })).rejects.toMatchObject({
      name: "ValidationException",
      message: expect.stringMatching(/deliveryStreamType.*DirectPut, KinesisStreamAsSource/),
    });
  });
});

async function post(
  target: string,
  body: string | Uint8Array<ArrayBuffer>,
): Promise<{ status: number; type: string; message: string; response: Response }> {
  const headers = { "x-amz-target": target, "content-type": "application/x-amz-json-1.1" };
  const response = await fetch(host.url, { method: "POST", headers, body });
  const { __type = "", message = "" } = (await response.json()) as { __type?: string; message?: string };
  return { status: response.status, type: __type, message, response };
}

const put = "Firehose_20150804.PutRecord";
const withData = (data: unknown): string =>
  JSON.stringify({ DeliveryStreamName: "web", Record: { Data: data } });

const chunks = (size: number): ReadableStream =>
  ReadableStream.from([
    Buffer.from(withData("eA==").slice(0, -1)),
    Buffer.alloc(size, " "),
    Buffer.from("}"),
  ]);

const postStream = (body: ReadableStream): Promise<Response> =>
  fetch(host.url, { method: "POST", headers: { "x-amz-target": put }, body, duplex: "half" });

describe("the Firehose API, byte for byte", () => {
  it.each<[string, string, string | Uint8Array<ArrayBuffer>, string]>([
    ["another operation", "Firehose_20150804.CreateDeliveryStream", "{}", "UnknownOperationException"],
    ["more than an operation", `${put}.x`, withData("eA=="), "UnknownOperationException"],
    ["another service", "Kinesis_20131202.PutRecord", withData("eA=="), "UnknownOperationException"],
    [
      "an operation that every object has",
      "Firehose_20150804.constructor",
      "{}",
      "UnknownOperationException",
    ],
    ["a body that is not JSON", put, "{", "SerializationException"],
    ["an empty body", put, "", "SerializationException"],
    ["bytes", put, new Uint8Array([0xff, 0xfe]), "SerializationException"],
    ["a list", put, "[]", "SerializationException"],
    ["no stream", put, '{"Record":{"Data":"eA=="}}', "ValidationException"],
    ["a stream that is no string", put, '{"DeliveryStreamName":1}', "SerializationException"],
    ["no record", put, '{"DeliveryStreamName":"web"}', "ValidationException"],
    [
      "a record that is no object",
      put,
      '{"DeliveryStreamName":"web","Record":"eA=="}',
      "SerializationException",
    ],
    ["no data", put, '{"DeliveryStreamName":"web","Record":{}}', "ValidationException"],
    ["data that is no string", put, withData(1), "SerializationException"],
    ["data without padding", put, withData("eA"), "SerializationException"],
    ["data in base64url", put, withData("-_-_"), "SerializationException"],
    ["data with a line end", put, withData("eA==\n"), "SerializationException"],
    ["data that is text", put, withData("hello"), "SerializationException"],
    [
      "records that are no list",
      "Firehose_20150804.PutRecordBatch",
      '{"DeliveryStreamName":"web","Records":{}}',
      "SerializationException",
    ],
  ])("answers %s with an error of AWS", async (_, target, body, type) => {
    const answer = await post(target, body);
    expect(answer).toMatchObject({ status: 400, type, message: expect.stringMatching(/./) });
    expect(answer.response.headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(answer.response.headers.get("x-amzn-requestid")).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each([
    ["POST", "/mackerel"],
    ["POST", "/healthz"],
    ["POST", "//"],
    ["PUT", "/"],
    ["GET", "/"],
  ])("leaves %s %s to the endpoint, whatever the target", async (method, path) => {
    const answer = await fetch(`${host.url}${path}`, { method, headers: { "x-amz-target": put } });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ errorMessage: "There is no endpoint at this path." });
  });

  it("leaves a health check to the host, whatever the target", async () => {
    const answer = await fetch(`${host.url}/healthz`, { headers: { "x-amz-target": put } });
    expect(await answer.json()).toMatchObject({ status: "ok" });
  });

  it("answers a put in chunks, and cuts one that is too long", async () => {
    expect((await postStream(chunks(10))).status).toBe(200);
    const answer = await postStream(chunks(9_000_000));
    expect(await answer.json()).toMatchObject({ __type: "InvalidArgumentException" });
  });
});

describe("a put that cannot be stored", () => {
  const fail = { name: "ServiceUnavailableException", $metadata: { httpStatusCode: 503 } };

  it("is refused as a whole while too much waits", async () => {
    await using full = await startTestHost({
      streams: [{ name: "web", url: endpoint.url }],
      hints: { seconds: 900, mebibytes: 3 },
      maxWaitingBytes: 1_000,
    });
    await expect(full.put("web", "a", Buffer.alloc(1_000))).rejects.toMatchObject({
      ...fail,
      message: "Slow down.",
    });
    expect(full.waitingRecords()).toBe(0);
    await full.put("web", "a");
  });

  it("is refused while the host stops", async () => {
    await using slow = await startFirehoseEndpoint([{ kind: "slow", ms: 300 }]);
    await using stopping = await startTestHost({ streams: [{ name: "web", url: slow.url }] });
    await stopping.put("web", "a");
    const stopped = stopping.stop(new AbortController().signal);
    await expect(stopping.put("web", "b")).rejects.toMatchObject({
      ...fail,
      message: expect.stringMatching(/stopping/),
    });
    expect(await stopped).toBe(0);
    await stopping.stop(now);
  });
});
