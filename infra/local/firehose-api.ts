import type { BufferingHints } from "../../lib/config.ts";
import { streamArn } from "../../lib/firehose/attempt.ts";
import { readBody } from "../../lib/http/body.ts";
import type { ByteBudget } from "../../lib/http/byte-budget.ts";
import { AwsError, awsErrorReply, awsReply, parseInput } from "./aws-json.ts";
import { UnavailableError } from "./commit-queue.ts";
import type { DeliveryStream } from "./attempt-delivery.ts";
import * as read from "./firehose-input.ts";
import { messageOf } from "../../lib/message-of.ts";
import { recordId } from "./stored.ts";

export interface FirehoseApiParts {
  readonly streams: readonly DeliveryStream[];
  readonly hints: BufferingHints;
  readonly retrySeconds: number;
  readonly createdMs: number;
  /** For the bodies of calls in work. */
  readonly budget: ByteBudget;
  /**
   * Resolves with the records' ids when they are on disk.
   * @throws UnavailableError
   */
  readonly put: (stream: string, records: readonly Uint8Array[]) => Promise<readonly number[]>;
}

/** The largest call in base64, and room for what is around it. */
const maxBodyBytes = 8_388_608;

type Input = Readonly<Record<string, unknown>>;
type Operation = (input: Input, parts: FirehoseApiParts) => unknown;

const operations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ["PutRecord", putRecord],
  ["PutRecordBatch", putRecordBatch],
  ["DescribeDeliveryStream", describeDeliveryStream],
  ["ListDeliveryStreams", listDeliveryStreams],
]);

/** The API of Firehose in AWS JSON 1.1, for any credentials; never rejects. */
export async function answerFirehose(request: Request, parts: FirehoseApiParts): Promise<Response> {
  try {
    const operation = operationOf(request.headers.get("x-amz-target") ?? "");
    using held = parts.budget.takeBody(request, maxBodyBytes);
    if (held === undefined) throw new AwsError("ServiceUnavailableException", "Slow down.");
    const body = await readBody(request, maxBodyBytes);
    if (body === undefined) throw read.tooLargeCall();
    return awsReply(await operation(parseInput(body), parts));
  } catch (error) {
    return awsErrorReply(toAwsError(error));
  }
}

function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  const reason = messageOf(error);
  return error instanceof UnavailableError
    ? new AwsError("ServiceUnavailableException", reason)
    : new AwsError("InternalFailure", `Something unforeseen went wrong: ${reason}`);
}

const api = "Firehose_20150804.";

function operationOf(target: string): Operation {
  const operation = target.startsWith(api) ? operations.get(target.slice(api.length)) : undefined;
  if (operation !== undefined) return operation;
  const known = [...operations.keys()].join(", ");
  throw new AwsError("UnknownOperationException", `${target} is not served here: there are ${known}.`);
}

async function putRecord(input: Input, parts: FirehoseApiParts): Promise<unknown> {
  const { name } = streamOf(input, parts);
  const [id = 0] = await parts.put(name, [read.readRecord(input)]);
  return { RecordId: recordId(id), Encrypted: false };
}

async function putRecordBatch(input: Input, parts: FirehoseApiParts): Promise<unknown> {
  const { name } = streamOf(input, parts);
  const ids = await parts.put(name, read.readRecords(input));
  const entries = ids.map((id) => ({ RecordId: recordId(id) }));
  return { FailedPutCount: 0, Encrypted: false, RequestResponses: entries };
}

function listDeliveryStreams(input: Input, { streams }: FirehoseApiParts): unknown {
  const limit = read.readLimit(input, 10);
  const type = read.readStreamType(input) ?? "DirectPut";
  const after = read.readOptional(input, "ExclusiveStartDeliveryStreamName") ?? "";
  const names = type === "DirectPut" ? streams.map(({ name }) => name).filter((name) => name > after) : [];
  return {
    DeliveryStreamNames: names.toSorted().slice(0, limit),
    HasMoreDeliveryStreams: names.length > limit,
  };
}

function describeDeliveryStream(input: Input, parts: FirehoseApiParts): unknown {
  const { name, url, attributes } = streamOf(input, parts);
  const pairs = Object.entries(attributes);
  const destination = {
    EndpointConfiguration: { Url: url, Name: name },
    BufferingHints: { SizeInMBs: parts.hints.mebibytes, IntervalInSeconds: parts.hints.seconds },
    RequestConfiguration: {
      ContentEncoding: "NONE",
      CommonAttributes: pairs.map(([key, value]) => ({ AttributeName: key, AttributeValue: value })),
    },
    RetryOptions: { DurationInSeconds: parts.retrySeconds },
    S3BackupMode: "FailedDataOnly",
  };
  return {
    DeliveryStreamDescription: {
      DeliveryStreamName: name,
      DeliveryStreamARN: streamArn(name),
      DeliveryStreamStatus: "ACTIVE",
      DeliveryStreamType: "DirectPut",
      VersionId: "1",
      CreateTimestamp: parts.createdMs / 1000,
      Destinations: [
        { DestinationId: "destinationId-000000000001", HttpEndpointDestinationDescription: destination },
      ],
      HasMoreDestinations: false,
    },
  };
}

function streamOf(input: Input, { streams }: FirehoseApiParts): DeliveryStream {
  const name = read.readStreamName(input);
  const stream = streams.find((each) => each.name === name);
  if (stream !== undefined) return stream;
  const known = streams.map((each) => each.name).join(", ") || "no stream";
  throw new AwsError(
    "ResourceNotFoundException",
    `Firehose ${name} under account 000000000000 not found. There is ${known}.`,
  );
}
