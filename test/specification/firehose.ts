import { row, type Section } from "./section.ts";

const guide = "https://docs.aws.amazon.com/firehose/latest/dev/";

const attempt = "lib/firehose/attempt.test.ts";
const admission = "lib/firehose/endpoint-admission.test.ts";
const answers = "lib/firehose/endpoint.test.ts";
const kept = "lib/firehose/endpoint-kept.test.ts";
const delivery = "infra/local/delivery.test.ts";
const conformance = "infra/local/conformance.test.ts";
const memory = "hostile/memory.test.ts";
const badly = "the endpoint answers 400";
const triesAgain = "tries again after %s";
const failsWith = "fails with Firehose's error code: %s";
const failsThere = "fails with Firehose's error code where there is none: %s";

const firehoseRequest: Section = {
  title: "What Firehose sends",
  source: `${guide}httpdeliveryrequestresponse.html`,
  rows: [
    row("Path and query are sent as they were configured", delivery, "has Firehose's request to the letter"),
    row(
      "The headers of an attempt are these, in this case",
      delivery,
      "has Firehose's request to the letter",
    ),
    row("The protocol version is 1.0, and no other", admission, badly, "an unknown protocol version"),
    row(
      "A delivery has one request id for all its attempts",
      delivery,
      "keeps one request id for all attempts, with Firehose's waits between them",
    ),
    row("The request id is in header and body", admission, badly, "a request id that is not the body's"),
    row("The source ARN names the stream", admission, "names the stream of %s: %s"),
    row(
      "The access key is sent as configured",
      attempt,
      "carries the access key as it is, and common attributes in ASCII",
    ),
    row(
      "Without an access key there is no such header",
      attempt,
      "has Firehose's names in Firehose's case, and nothing that is not configured",
    ),
    row(
      "50 common attributes of 256 and 1,024 characters, and a key of 4,096",
      "infra/local/server.test.ts",
      "takes every header that Firehose may send",
    ),
    row("Common attributes are JSON of texts", admission, badly, "a common attribute that is no text"),
    row("A body may be gzip", admission, "a body is read by what it is", "gzip with its header"),
    row("Another content encoding is none of Firehose's", admission, badly, "an unknown encoding"),
    row(
      "A body is JSON of a request id, a time and records",
      attempt,
      "holds any records in order, empty ones too",
    ),
    row("The time need not be there", kept, "is dated by the clock where the delivery's timestamp is %s"),
    row("A body has up to 64 MiB", memory, "a body of 64 MiB", "is read, good and bad records"),
    row("A body has no more than 64 MiB", memory, "a body of 64 MiB", "and a byte is refused"),
    row(
      "That holds for a gzip body once it is inflated",
      admission,
      badly,
      "a body that inflates beyond 64 MiB",
    ),
    row("A delivery is cut at 10,000 records", delivery, "puts at most 10,000 records in a delivery"),
    row("A delivery has no more than 10,000 records", memory, "of 10,001 records is none of Firehose's"),
    row("A record has up to 1,024,000 bytes", memory, "of a record over 1,000 KiB is none of Firehose's"),
    row("A record may be empty", memory, "of 10,000 empty records is nothing to deliver"),
    row("A record is base64", kept, "is a record of %j, which is no base64"),
    row(
      "A delivery may come again",
      answers,
      "a delivery that comes again",
      "is harmless to what was delivered before",
    ),
  ],
};

const firehoseResponse: Section = {
  title: "What Firehose takes for an answer",
  source: `${guide}httpdeliveryrequestresponse.html`,
  rows: [
    row(
      "It waits three minutes",
      delivery,
      "gives an attempt three minutes, and does not count them as retrying",
    ),
    row("200 is success", attempt, "takes %s", "the contract's answer"),
    row("No other 2xx is", conformance, failsWith, "204"),
    row("A redirect is not followed", conformance, failsWith, "302"),
    row("A status outside 2xx, 4xx and 5xx is invalid", attempt, triesAgain, "a 600"),
    row(
      "413 is for good: no retry, no backup",
      delivery,
      "drops what gets a 413 without a backup, and says so",
    ),
    row("413 counts whatever its body", attempt, "takes a 413 as permanent, whatever its body"),
    row("400 is tried again", conformance, failsWith, "400"),
    row("401 is tried again", conformance, failsWith, "401"),
    row("429 is tried again", conformance, failsWith, "429"),
    row("503 is tried again", conformance, failsWith, "503"),
    row(
      "An answer that differs from the contract is a failure, though it is 200",
      attempt,
      "takes only the contract's answer, however little another one differs",
    ),
    row("The content type is application/json alone", attempt, triesAgain, "another content type"),
    row("Not even with a charset", attempt, triesAgain, "a charset"),
    row("There is one content type", attempt, triesAgain, "two content types"),
    row("There is no content encoding", attempt, triesAgain, "a content encoding"),
    row("There is a content length", attempt, triesAgain, "no length"),
    row("A body has up to 1 MiB", attempt, "takes %s", "a body of 1 MiB"),
    row("A body has no more", attempt, triesAgain, "over 1 MiB"),
    row("A reason phrase has up to 64 characters", attempt, "takes %s", "a reason phrase of 64 characters"),
    row("A reason phrase has no more", attempt, triesAgain, "a long reason"),
    row("The request id is echoed", attempt, triesAgain, "no request id"),
    row("It is the request's own", attempt, triesAgain, "another request id"),
    row("The time is a number", attempt, triesAgain, "a timestamp as text"),
    row("The time is there", attempt, triesAgain, "no timestamp"),
    row("A message has up to 8,192 characters", attempt, "takes %s", "an error message of 8192 characters"),
    row("A message has no more", attempt, triesAgain, "a message of 8193"),
    row("Nothing else is in it", attempt, triesAgain, "an unexpected field"),
  ],
};

const firehoseRetry: Section = {
  title: "How Firehose buffers, retries and gives up",
  source: `${guide}retry.html and create-configure-backup.html#buffering-hints`,
  rows: [
    row(
      "A delivery is cut when its oldest record has waited for the interval",
      delivery,
      "delivers when the oldest record has waited for the interval",
    ),
    row(
      "Or when the size is reached",
      delivery,
      "delivers at once when the size is reached, and leaves the rest to the interval",
    ),
    row(
      "The wait is 1 s, doubled each time, 15 % more or less, at most 2 minutes",
      attempt,
      "doubles from one second, within 15 %, up to two minutes",
    ),
    row(
      "Retrying begins with the first failure; waiting for answers does not count",
      delivery,
      "gives an attempt three minutes, and does not count them as retrying",
    ),
    row("A duration of 0 is no retry", delivery, "does not retry at all where the duration is 0"),
    row(
      "What was given up is in http-endpoint-failed/, by date, with the last message",
      delivery,
      "keeps every record in the backup when retrying is over, and only then lets go of it",
    ),
    row(
      "While endpoint and backup both fail, the stream waits",
      delivery,
      "keeps the records, and tries endpoint and backup again, while the backup fails",
    ),
    row("A failing delivery blocks no other", delivery, "lets a failing delivery block no other"),
    row(
      "Puts are refused while there is no room",
      "infra/local/firehose-api.test.ts",
      "is refused as a whole while too much waits",
    ),
  ],
};

const errorCodes: Section = {
  title: "Firehose's error codes of an HTTP endpoint",
  source: `${guide}monitoring-with-cloudwatch-logs.html#monitoring-http-errors`,
  rows: [
    row("RequestTimeout", delivery, "gives an attempt three minutes, and does not count them as retrying"),
    row("ResponseTooLarge", conformance, failsWith, "over 1 MiB"),
    row("InvalidResponseFromDestination", conformance, failsWith, "HTML"),
    row("DestinationException", conformance, failsWith, "204"),
    row("ConnectionFailed", conformance, failsThere, "with nobody there"),
    row("ConnectionReset", conformance, failsWith, "a reset"),
    row("ResponseReasonPhraseExceededLimit", conformance, failsWith, "a long reason"),
    row("InvalidStatusCode", conformance, failsWith, "302"),
    row("SSLHandshakeFailure", conformance, "fails a handshake with something that does not speak TLS"),
    row("SSLHandshakeCertificatePathFailure", conformance, "failureOf", "DEPTH_ZERO_SELF_SIGNED_CERT"),
    row("SSLHandshakeCertificatePathValidationFailure", conformance, "failureOf", "CERT_HAS_EXPIRED"),
    row("MakeRequestFailure.IllegalUriException", conformance, failsThere, "with a space in the path"),
    row(
      "MakeRequestFailure.IllegalCharacterInHeaderValue",
      conformance,
      "fails an access key that no header can carry",
    ),
    row("IllegalResponseFailure", conformance, failsWith, "two content types"),
    row("IllegalMessageStart", conformance, failsWith, "no HTTP"),
  ],
};

/** How Firehose delivers. */
export const firehoseSections: readonly Section[] = [
  firehoseRequest,
  firehoseResponse,
  firehoseRetry,
  errorCodes,
];
