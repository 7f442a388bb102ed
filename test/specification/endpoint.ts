import { row, type Section } from "./section.ts";

const admission = "lib/firehose/endpoint-admission.test.ts";
const answers = "lib/firehose/endpoint.test.ts";
const kept = "lib/firehose/endpoint-kept.test.ts";
const attributes = "lib/firehose/endpoint-attributes.test.ts";
const passthrough = "lib/firehose/endpoint-passthrough.test.ts";
const refusal = "lib/firehose/refusal.test.ts";
const memory = "hostile/memory.test.ts";
const deliver = "lib/destinations/deliver.test.ts";
const deliverTime = "lib/destinations/deliver-time.test.ts";
const contract = "lib/destinations/contract.test.ts";
const again = "the endpoint answers 503, so that Firehose sends again and in the end backs up,";
const badly = "the endpoint answers 400";

const endpointAnswers: Section = {
  title: "What the endpoint answers",
  source: "README.md, What is promised",
  rows: [
    row("200 when every point was accepted", answers, "when %s accepted every point"),
    row(
      "200 when the others are kept",
      answers,
      "when what was not accepted is safely in rejected/ or expired/",
    ),
    row("200 when there is nothing to deliver", answers, "when there is nothing to deliver"),
    ...[
      "a destination's 408",
      "a destination's 429 that lasts beyond the deadline",
      "a destination's 500",
      "a destination's 503",
      "a status that is not named",
      "a redirect",
      "a network error",
      "an answer that breaks off",
      "a page in place of an answer",
      "a destination's 401",
      "a destination's 403",
      "a destination's 404 for the configured service",
    ].map((fault) => row(`503 after ${fault}`, answers, again, fault)),
    row(
      "503 when there is no answer in time",
      answers,
      "when the destination gives no answer within the deadline",
    ),
    row(
      "503 when some points may be accepted later",
      answers,
      "when some points are accepted and others may be later",
    ),
    row(
      "503 when the destination is not configured",
      answers,
      "when the destination is known but not configured",
    ),
    row(
      "503 when too much is in work at once",
      memory,
      "three times at once is taken one by one, the others are to come again",
    ),
    row("401 without an access key", admission, "the endpoint answers 401", "no access key"),
    row("401 to a wrong one", admission, "the endpoint answers 401", "a wrong one"),
    row("401 where none is configured", admission, "to every key (%j) where none is configured"),
    ...[
      "a missing request id",
      "a request id that is not the body's",
      "a body that is no JSON",
      "a broken gzip body",
      "a body that inflates beyond 64 MiB",
      "an unknown protocol version",
      "an unknown encoding",
      "common attributes that are no JSON",
      "an unknown format",
    ].map((fault) => row(`400 to ${fault}`, admission, badly, fault)),
    row(
      "400 to records that inflate beyond 64 MiB",
      admission,
      "to records that together inflate beyond 64 MiB",
    ),
    row(
      "400 to more points than memory has room for",
      memory,
      "of more parts than memory has room for is refused",
    ),
    row("404 to a wrong path", admission, "the endpoint answers 404 to a wrong path"),
    row("405 to a wrong method", admission, "the endpoint answers 405 to a wrong method"),
    row("500 to anything unforeseen", answers, "to anything unforeseen, and says no more"),
    row("Never 413", refusal, "has a status of its own for each refusal, and never 413"),
    row("A destination's 413 splits the request", answers, "splits the request and never becomes ours"),
    row(
      "Contract JSON to any body",
      "lib/firehose/endpoint.properties.test.ts",
      "whatever bytes the body is",
    ),
    row(
      "Contract JSON to any headers, method and path",
      "lib/firehose/endpoint.properties.test.ts",
      "whatever text the headers, the method and the path are",
    ),
    row(
      "Contract JSON whatever the destination answers",
      "lib/firehose/endpoint.properties.test.ts",
      "whatever the destination answers, or does not",
    ),
    row(
      "Contract JSON to what is no HTTP",
      "infra/local/server.test.ts",
      "answers %s with contract JSON",
      "no HTTP",
    ),
    row(
      "Contract JSON to any Lambda event",
      "lib/http/lambda.test.ts",
      "gets a contract reply, whatever it is",
    ),
    row(
      "A message has at most 8,192 characters",
      refusal,
      "cuts its words to the 8,192 characters that Firehose takes",
    ),
    row(
      "Path, method and key are checked from the headers",
      admission,
      "%i is answered without a look at the body",
    ),
    row("In the order 404, 405, 401, 400", admission, "%i comes before what follows"),
  ],
};

const endpointKeeps: Section = {
  title: "What the endpoint keeps, and what becomes of each point",
  source: "README.md, What is promised",
  rows: [
    row(
      "Every point ends in exactly one count",
      "lib/firehose/endpoint.properties.test.ts",
      "whatever bytes the records are, every point in exactly one count",
    ),
    row(
      "Every acknowledged point is in exactly one place",
      "soak/conservation.test.ts",
      "finds every acknowledged point exactly once, delivered, rejected or expired, whatever goes wrong",
    ),
    row(
      "A bad line costs none of the good ones",
      kept,
      "one bad line among good in %s",
      "costs none of the good ones",
    ),
    row(
      "A bad record costs none of the good ones",
      "hostile/requests.test.ts",
      "are rejected alone, in time: %s",
    ),
    row(
      "Refused lines are kept as they came in",
      kept,
      "holds exactly the refused lines of each record, by reason",
    ),
    row(
      "As Firehose keeps failed records, under the request's id",
      kept,
      "is kept as Firehose keeps failed records: by date, under the request's id, a document a line",
    ),
    row(
      "Points outside the service's window are kept in expired/",
      kept,
      "at %s, %i s from now, is kept in expired/ as %s",
    ),
    row(
      "Points that leave the window while they wait, too",
      deliverTime,
      "expires, since the service would drop it without a word",
    ),
    row(
      "Once, on the attempt that is answered 200",
      answers,
      "keeps what is refused once, on the attempt that is answered 200",
    ),
    row("503 if that fails", answers, "when what was refused could not be kept"),
    row("Nothing refused, nothing written", kept, "when nothing was refused"),
    row(
      "A collision: the first is sent, the others are rejected",
      kept,
      "as a collision is kept, the first of the series is sent",
    ),
    row(
      "A service that a record names and that does not exist",
      deliver,
      "but never a service that a record named and that does not exist",
    ),
    row(
      "A refused request is halved until the culprits are alone",
      deliver,
      "is halved until the culprits are alone, and the others are delivered",
    ),
    row(
      "Ten points or more, all refused, are a mistake of configuration",
      answers,
      "when every one of ten points or more is refused, since that is no matter of points",
    ),
    row(
      "Fewer are believed to be bad",
      deliver,
      "is believed where it holds less than ten points, all refused",
    ),
    row(
      "Counts of one series and second are summed",
      "lib/destinations/plan.test.ts",
      "are summed where they are counts",
    ),
    row(
      "Of gauges and rates the last wins",
      "lib/destinations/plan.test.ts",
      "are the last one where they are of type %s",
    ),
    row("Distributions are sent last", deliver, "are sent when everything else is through"),
    row(
      "And not at all while something has to be sent again",
      deliver,
      "are not sent at all while something has to be sent again, since they would add up",
    ),
  ],
};

const endpointSends: Section = {
  title: "How the endpoint sends",
  source: "README.md, What is promised",
  rows: [
    row(
      "As much as a request may hold, and no more",
      deliver,
      "keep to both of Datadog's size limits with %s",
    ),
    row(
      "A rate limit is waited for, and nothing accepted travels again",
      deliverTime,
      "makes nothing that was accepted travel again",
    ),
    row("One that lasts too long is not", deliverTime, "a rate limit"),
    row("The deadline ends everything in time", deliverTime, "ends it in time when the service %s"),
    row(
      "Each front end has its own deadline",
      "lib/http/lambda.test.ts",
      "gives %s, with %i ms left, a deadline of %i ms",
    ),
    row("A redirect is not followed", answers, "is not followed, so that the key goes nowhere else"),
    row(
      "Nothing in a request chooses a path",
      contract,
      "Mackerel is never asked at another path, whatever a service is called",
    ),
    row(
      "Or a host",
      contract,
      "has its key in a header, its content type named, and its points at no other host",
    ),
    row("The common attribute service", attributes, "`service` is where points go that name none"),
    row("The common attribute tags", attributes, "`tags` is added to every point, after its own"),
    row("The common attribute format", attributes, "`format` fixes what a record is, whatever it looks like"),
    row("The common attribute prefix", attributes, "`prefix` stands before every name"),
    row("/service is closed unless opened", passthrough, "is 404 to %s as long as it is not switched on"),
    row(
      "/service: the access key is Mackerel's",
      passthrough,
      "sends to any service of the account whose API key the access key is",
    ),
    row(
      "/service: Mackerel's 401 and 403 become 401",
      passthrough,
      "answers 401 where Mackerel answers %s, and keeps nothing",
    ),
    row(
      "No log holds a secret or a payload",
      "functions/endpoint.test.ts",
      "writes no secret and no payload",
    ),
    row("What is kept of a service's message is redacted", admission, "holds no key, whatever was answered"),
    row(
      "One line of JSON for each delivery",
      "functions/endpoint.test.ts",
      "writes one line of log and one of metrics for each delivery, those side by side too",
    ),
    row(
      "The same as CloudWatch metrics",
      "functions/endpoint.test.ts",
      "emits the metrics by stream and destination, in Hydrant's namespace",
    ),
  ],
};

/** What the endpoint promises. */
export const endpointSections: readonly Section[] = [endpointAnswers, endpointKeeps, endpointSends];
