import type { Fault, Outcome, ReceivedRequest } from "./faults.ts";
import { parseJson, startStandIn, type StandIn } from "./stand-in.ts";

/** What happens to each `PutRecordBatch`, in order; past its end all is well. */
export interface FirehoseTrouble {
  readonly calls?: readonly (Fault | undefined)[];
  /** By call: the places of the records that are not taken. */
  readonly failedEntries?: readonly (readonly number[])[];
}

export interface FirehoseStandIn extends StandIn {
  /** The records of each `PutRecordBatch` as they came in, as text, those that were not taken too. */
  readonly calls: readonly (readonly string[])[];
  /** By stream, what was acknowledged or at least stored. */
  readonly stored: Readonly<Record<string, readonly string[]>>;
}

/**
 * Firehose's API as far as producers need it, and as strict.
 * Source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
 */
export async function startFirehose(
  streams: readonly string[],
  trouble: FirehoseTrouble = {},
): Promise<FirehoseStandIn> {
  const calls: string[][] = [];
  const stored: Record<string, string[]> = Object.fromEntries(streams.map((stream) => [stream, []]));
  const answer = (request: ReceivedRequest): Outcome => {
    const body = parseJson(request.body) as Record<string, unknown>;
    const problem = problemOf(request);
    if (problem !== undefined) return refuse("InvalidSignatureException", problem);
    if (isTarget(request, "ListDeliveryStreams")) return list(streams, body);
    if (!isTarget(request, "PutRecordBatch")) return refuse("UnknownOperationException", "");
    const texts = (body["Records"] as { Data: string }[]).map(({ Data }) => fromBase64(Data));
    const index = calls.push(texts) - 1;
    const failed = trouble.failedEntries?.[index] ?? [];
    const stream = stored[String(body["DeliveryStreamName"])];
    return stream === undefined
      ? refuse("ResourceNotFoundException", `Firehose ${String(body["DeliveryStreamName"])} not found.`)
      : (limitsProblem(texts, request) ?? put(texts, failed, stream));
  };
  let puts = 0;
  const faultOf = (request: ReceivedRequest): Fault | undefined =>
    isTarget(request, "PutRecordBatch") ? trouble.calls?.[puts++] : undefined;
  const standIn = await startStandIn(answer, faultOf);
  return { ...standIn, calls, stored };
}

/** How AWS JSON 1.1 says that a call failed as a whole. */
export const callFails = (status: number, type: string, message = type): Fault => ({
  kind: "status",
  status,
  headers: { "content-type": "application/x-amz-json-1.1" },
  body: JSON.stringify({ __type: type, message }),
});

function put(texts: readonly string[], failed: readonly number[], stream: string[]): Outcome {
  const entries = texts.map((_, index) =>
    failed.includes(index)
      ? { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." }
      : { RecordId: `record-${stream.length}-${index}` },
  );
  return {
    status: 200,
    body: { FailedPutCount: failed.length, Encrypted: false, RequestResponses: entries },
    record: () => stream.push(...texts.filter((_, index) => !failed.includes(index))),
  };
}

function list(streams: readonly string[], body: Readonly<Record<string, unknown>>): Outcome {
  const { Limit: limit = 10, ExclusiveStartDeliveryStreamName: after = "" } = body;
  const sorted = streams.toSorted().filter((stream) => stream > String(after));
  const page = sorted.slice(0, Number(limit));
  const more = sorted.length > page.length;
  return { status: 200, body: { DeliveryStreamNames: page, HasMoreDeliveryStreams: more } };
}

function problemOf({ method, path, headers }: ReceivedRequest): string | undefined {
  if (method !== "POST" || path !== "/") return "only POST / is served";
  if (headers["content-type"] !== "application/x-amz-json-1.1") return "the content type is not AWS JSON 1.1";
  return /^AWS4-HMAC-SHA256 .*\/firehose\/aws4_request/.test(headers.authorization ?? "")
    ? undefined
    : "the request is not signed for Firehose";
}

function limitsProblem(texts: readonly string[], request: ReceivedRequest): Outcome | undefined {
  if (texts.length === 0 || texts.length > 500) return refuse("InvalidArgumentException", "1-500 records");
  if (texts.some((text) => Buffer.byteLength(text) > 1_024_000)) {
    return refuse("InvalidArgumentException", "a record is over 1,000 KiB");
  }
  return request.body.byteLength > 4 * 1024 * 1024
    ? refuse("InvalidArgumentException", "the request is over 4 MiB")
    : undefined;
}

const isTarget = ({ headers }: ReceivedRequest, operation: string): boolean =>
  headers["x-amz-target"] === `Firehose_20150804.${operation}`;

const refuse = (type: string, message: string): Outcome => ({
  status: 400,
  body: { __type: type, message },
});

const fromBase64 = (text: string): string => Buffer.from(text, "base64").toString("utf8");
