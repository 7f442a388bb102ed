/** Source of the protocol: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html */
const maxAnswerBytes = 1_048_576;
const maxErrorMessageChars = 8192;

/** Source: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html#monitoring-http-errors */
const maxReasonPhraseChars = 64;

/** One delivery as it is posted; all its attempts carry the same request id and time. */
export interface Attempt {
  readonly requestId: string;
  readonly timestampMs: number;
  readonly stream: string;
  readonly accessKey?: string | undefined;
  readonly attributes: Readonly<Record<string, string>>;
}

/** An endpoint's answer as it came over the wire; a body may be cut once it is longer than an answer may be. */
export interface Answer {
  readonly status: number;
  readonly reasonPhrase: string;
  /** Name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

export interface AttemptFailure {
  /** `permanent`: dropped, without a backup. `failed`: to be tried again. */
  readonly kind: "permanent" | "failed";
  readonly errorCode: HttpEndpointError;
  readonly errorMessage: string;
}

export type AttemptOutcome = { readonly kind: "delivered" } | AttemptFailure;

/** Source: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html#monitoring-http-errors */
export type HttpEndpointError = `HttpEndpoint.${
  | "RequestTimeout"
  | "ResponseTooLarge"
  | "InvalidResponseFromDestination"
  | "DestinationException"
  | "ConnectionFailed"
  | "ConnectionReset"
  | "ResponseReasonPhraseExceededLimit"
  | "InvalidStatusCode"
  | "SSLHandshakeFailure"
  | "SSLHandshakeCertificatePathFailure"
  | "SSLHandshakeCertificatePathValidationFailure"
  | "MakeRequestFailure.IllegalUriException"
  | "MakeRequestFailure.IllegalCharacterInHeaderValue"
  | "IllegalResponseFailure"
  | "IllegalMessageStart"}`;

export const streamArn = (stream: string): string =>
  `arn:aws:firehose:us-east-1:000000000000:deliverystream/${stream}`;

/** The headers of an attempt, in the case in which Firehose sends them; what is not configured is absent. */
export function attemptHeaders(attempt: Attempt, bodyBytes: number): Record<string, string> {
  const { accessKey, attributes } = attempt;
  return {
    "X-Amz-Firehose-Protocol-Version": "1.0",
    "X-Amz-Firehose-Request-Id": attempt.requestId,
    "X-Amz-Firehose-Source-Arn": streamArn(attempt.stream),
    ...(accessKey !== undefined && { "X-Amz-Firehose-Access-Key": accessKey }),
    ...(Object.keys(attributes).length > 0 && {
      "X-Amz-Firehose-Common-Attributes": toAscii(JSON.stringify({ commonAttributes: attributes })),
    }),
    "Content-Type": "application/json",
    "Content-Length": String(bodyBytes),
    // Not documented; what vectordotdev/vector has in the tests of its aws_kinesis_firehose source.
    "User-Agent": "Amazon Kinesis Data Firehose Agent/1.0",
  };
}

/** The body of an attempt. Buffering hints of at most 3 MiB keep it far below Firehose's 64 MiB. */
export function attemptBody(
  { requestId, timestampMs }: Pick<Attempt, "requestId" | "timestampMs">,
  records: readonly Uint8Array[],
): Buffer {
  const texts = records.map((bytes) => `{"data":"${asBuffer(bytes).toString("base64")}"}`);
  const start = `{"requestId":${JSON.stringify(requestId)},"timestamp":${timestampMs},"records":[`;
  return Buffer.from(`${start}${texts.join(",")}]}`, "latin1");
}

/** How long Firehose waits after the n-th failure in a row: 1 s, doubled each time, +-15 %, at most 2 minutes. */
export function retryDelayMs(failures: number, random: number): number {
  return Math.min(120_000, 1000 * 2 ** (failures - 1) * (0.85 + 0.3 * random));
}

/** Says what Firehose makes of an answer: any bytes get an outcome. */
export function judgeAnswer(answer: Answer, requestId: string): AttemptOutcome {
  const { status, reasonPhrase } = answer;
  if (reasonPhrase.length > maxReasonPhraseChars) {
    return failed("ResponseReasonPhraseExceededLimit", "The reason phrase is longer than 64 characters.");
  }
  if (valuesOf(answer, "content-type").length > 1) {
    return failed("IllegalResponseFailure", "The response has more than one Content-Type header.");
  }
  if (status < 200 || (status >= 300 && status < 400) || status >= 600) {
    return failed("InvalidStatusCode", `Received ${status}; redirects are not followed.`);
  }
  if (answer.body.length > maxAnswerBytes) return failed("ResponseTooLarge", "The response is over 1 MiB.");
  if (status !== 200) return refusedWith(answer);
  const fault = faultOf(answer, requestId);
  if (fault === undefined) return { kind: "delivered" };
  return failed(
    "InvalidResponseFromDestination",
    `The response received from the endpoint is invalid: ${fault}. Raw response received: 200 ${startOf(answer)}`,
  );
}

/** An outcome that is tried again. */
export function failed(
  code: HttpEndpointError extends `HttpEndpoint.${infer Name}` ? Name : never,
  errorMessage: string,
): AttemptFailure {
  return { kind: "failed", errorCode: `HttpEndpoint.${code}`, errorMessage };
}

/** A 413 counts whatever its body: the worst that Firehose may do, so that nobody finds out in production. */
function refusedWith(answer: Answer): AttemptFailure {
  const errorMessage = `The following response was received from the endpoint destination. ${answer.status}: ${startOf(answer)}`;
  const failure = failed("DestinationException", errorMessage);
  return answer.status === 413 ? { ...failure, kind: "permanent" } : failure;
}

/** Sources: the protocol's section "Response format", and https://docs.aws.amazon.com/firehose/latest/dev/http_troubleshooting.html */
function faultOf(answer: Answer, requestId: string): string | undefined {
  const [contentType] = valuesOf(answer, "content-type");
  if (contentType?.trim().toLowerCase() !== "application/json") {
    return `Content-Type must be application/json, it is ${clean(contentType ?? "missing")}`;
  }
  if (valuesOf(answer, "content-encoding").length > 0) return "Content-Encoding must not be used";
  if (valuesOf(answer, "content-length").length === 0) return "Content-Length must be present";
  const json = parseObject(asBuffer(answer.body).toString("utf8"));
  if (json === undefined) return "it is not a JSON object";
  const { requestId: echoed, timestamp, errorMessage = "", ...unexpected } = json;
  const [field] = Object.keys(unexpected);
  if (field !== undefined) return `it has the unexpected field ${clean(field)}`;
  if (echoed === undefined) return "requestId is missing";
  if (echoed !== requestId) return "requestId does not match the request's";
  if (!Number.isInteger(timestamp)) return "timestamp must be a number of milliseconds";
  if (typeof errorMessage !== "string") return "errorMessage must be a string";
  return errorMessage.length > maxErrorMessageChars ? "errorMessage is over 8192 characters" : undefined;
}

function valuesOf({ rawHeaders }: Answer, name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function startOf({ body }: Answer): string {
  return clean(asBuffer(body).subarray(0, maxShownChars).toString("utf8"));
}

const maxShownChars = 1024;

/** What an endpoint wrote is shown on terminals, and kept with every record of a delivery. */
const clean = (text: string): string =>
  text
    .slice(0, maxShownChars)
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim();

/** Attributes may hold any characters, a header only ASCII. */
const toAscii = (json: string): string =>
  json.replaceAll(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
