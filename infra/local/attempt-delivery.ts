import { abortAfter, type Clock } from "../../lib/clock.ts";
import {
  attemptBody,
  attemptHeaders,
  failed,
  judgeAnswer,
  type AttemptOutcome,
} from "../../lib/firehose/attempt.ts";
import { readStart, type Post } from "../../lib/http/post.ts";
import { failureOf } from "./connection-error.ts";
import type { Delivery, StoredRecord } from "./stored.ts";

export interface DeliveryStream {
  readonly name: string;
  readonly url: string;
  readonly accessKey?: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface AttemptParts {
  readonly stream: DeliveryStream;
  readonly post: Post;
  readonly clock: Clock;
  /** Aborted when attempts in flight are to end. */
  readonly cancelling: AbortSignal;
}

/** Source: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html */
const answerTimeoutMs = 180_000;

/** One byte more than an answer may have shows that it is too long. */
const readBytes = 1_048_577;

/** Posts a delivery once; `undefined` when that was cancelled. Never rejects. */
export async function attemptDelivery(
  delivery: Delivery,
  records: readonly StoredRecord[],
  { stream: { url, accessKey, attributes }, post, clock, cancelling }: AttemptParts,
): Promise<AttemptOutcome | undefined> {
  const contents = records.map(({ bytes }) => bytes);
  const body = attemptBody(delivery, contents);
  const headers = attemptHeaders({ ...delivery, accessKey, attributes }, body.byteLength);
  using timeout = abortAfter(clock, answerTimeoutMs, "no answer");
  try {
    const message = await post({ url, headers, body }, AbortSignal.any([timeout.signal, cancelling]));
    const { statusCode: status = 0, statusMessage: reasonPhrase = "", rawHeaders } = message;
    const answer = { status, reasonPhrase, rawHeaders, body: await readStart(message, readBytes) };
    return judgeAnswer(answer, delivery.requestId);
  } catch (error) {
    if (cancelling.aborted) return undefined;
    if (!timeout.signal.aborted) return failureOf(error);
    return failed("RequestTimeout", "The delivery timed out: there was no answer within 3 minutes.");
  }
}
