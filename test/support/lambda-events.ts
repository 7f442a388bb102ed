import { mkdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

/** What the ready events deliver. */
export const delivery = {
  requestId: "5b1d7c9e-20f4-4c53-9a86-d3e0f7a1b264",
  stream: "hydrant-mackerel",
  accessKey: "key-of-the-ready-events",
};

/** Mackerel takes points of the future, so that these events never grow too old for it: 2100-01-01. */
const time = 4_102_444_800;
const sentMs = 1_790_000_000_000;

/** As Mackerel shows them, with the tag of the common attributes. */
export const deliveredPoints = [
  { name: "github.pull_requests.open.test", time, value: 3 },
  { name: "github.pull_requests.draft.test", time, value: 1 },
  { name: "github.issues.open.test", time, value: 17 },
];

const records = [
  [
    { name: "github.pull_requests.open", value: 3, time },
    { name: "github.pull_requests.draft", value: 1, time },
  ],
  [{ name: "github.issues.open", value: 17, time }],
  [],
];

/** A folder's worth of events: each front end's, plain and gzip, by file name. */
export function lambdaEvents(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const [shape, eventOf] of Object.entries(shapes)) {
    for (const message of [plain(), gzip()]) {
      const name = `${shape}.${message.isBase64Encoded ? "gzip" : "plain"}.json`;
      files.set(name, `${JSON.stringify(eventOf(message), null, 2)}\n`);
    }
  }
  return files;
}

interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

function plain(): Message {
  const lines = records.map((points) => points.map((point) => `${JSON.stringify(point)}\n`).join(""));
  const body = JSON.stringify({
    requestId: delivery.requestId,
    timestamp: sentMs,
    records: lines.map((text) => ({ data: Buffer.from(text).toString("base64") })),
  });
  return { headers: firehoseHeaders(body.length), body, isBase64Encoded: false };
}

/** Stored, not deflated: how zlib deflates depends on the machine. The tenth byte would name its system. */
function gzip(): Message {
  const bytes = gzipSync(plain().body, { level: 0 }).fill(255, 9, 10);
  const headers = { ...firehoseHeaders(bytes.length), "Content-Encoding": "gzip" };
  return { headers, body: bytes.toString("base64"), isBase64Encoded: true };
}

function firehoseHeaders(bodyBytes: number): Record<string, string> {
  return {
    "X-Amz-Firehose-Protocol-Version": "1.0",
    "X-Amz-Firehose-Request-Id": delivery.requestId,
    "X-Amz-Firehose-Source-Arn": `arn:aws:firehose:eu-west-1:210987654321:deliverystream/${delivery.stream}`,
    "X-Amz-Firehose-Access-Key": delivery.accessKey,
    "X-Amz-Firehose-Common-Attributes": `{"commonAttributes":{"tags":"environment:test"}}`,
    "Content-Type": "application/json",
    "User-Agent": "Amazon Kinesis Data Firehose Agent/1.0",
    "Content-Length": String(bodyBytes),
    "X-Forwarded-For": "198.51.100.7",
    "X-Forwarded-Port": "443",
    "X-Forwarded-Proto": "https",
  };
}

/** Sources: the pages named in lib/http/lambda-event.ts. */
const shapes: Readonly<Record<string, (message: Message) => object>> = {
  "function-url": (message) => version2(message, "q7w2e9r4t1.lambda-url.eu-west-1.on.aws", "$default"),
  "http-api-v2": (message) =>
    version2(message, "a1s5d8f3g6.execute-api.eu-west-1.amazonaws.com", "POST /mackerel"),
  "http-api-v1": version1,
  alb: ({ headers, ...body }) => ({ ...albRequest, headers: lowerCase(headers), ...body }),
  "alb-multi-value": ({ headers, ...body }) => ({
    ...albRequest,
    multiValueQueryStringParameters: {},
    multiValueHeaders: multiValue(lowerCase(headers)),
    ...body,
  }),
};

function version2({ headers, ...body }: Message, domainName: string, routeKey: string): object {
  const http = { method: "POST", path: "/mackerel", protocol: "HTTP/1.1", sourceIp: "198.51.100.7" };
  return {
    version: "2.0",
    routeKey,
    rawPath: "/mackerel",
    rawQueryString: "",
    headers: { ...lowerCase(headers), host: domainName },
    requestContext: {
      accountId: "210987654321",
      apiId: domainName.split(".")[0],
      domainName,
      http: { ...http, userAgent: headers["User-Agent"] },
      requestId: "d2c7f4b8-6a1e-4f0d-8c35-91e6b0a7d4f2",
      routeKey,
      stage: "$default",
      timeEpoch: sentMs,
    },
    ...body,
  };
}

function version1({ headers, ...body }: Message): object {
  const domainName = "a1s5d8f3g6.execute-api.eu-west-1.amazonaws.com";
  const withHost = { ...headers, Host: domainName };
  return {
    version: "1.0",
    resource: "/mackerel",
    path: "/mackerel",
    httpMethod: "POST",
    headers: withHost,
    multiValueHeaders: multiValue(withHost),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    requestContext: {
      accountId: "210987654321",
      apiId: "a1s5d8f3g6",
      domainName,
      httpMethod: "POST",
      identity: { sourceIp: "198.51.100.7", userAgent: headers["User-Agent"], user: null },
      path: "/mackerel",
      requestId: "Zk3VtQ8wDoE=",
      requestTimeEpoch: sentMs,
      resourcePath: "/mackerel",
      stage: "$default",
    },
    pathParameters: null,
    stageVariables: null,
    ...body,
  };
}

const targetGroupArn =
  "arn:aws:elasticloadbalancing:eu-west-1:210987654321:targetgroup/hydrant/3f8e6d1c9b2a7054";

const albRequest = { requestContext: { elb: { targetGroupArn } }, httpMethod: "POST", path: "/mackerel" };

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function multiValue(headers: Readonly<Record<string, string>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
}

export const lambdaEventsFolder = new URL("../cases/lambda-events/", import.meta.url);

if (import.meta.main) {
  mkdirSync(lambdaEventsFolder, { recursive: true });
  for (const [name, text] of lambdaEvents()) writeFileSync(new URL(name, lambdaEventsFolder), text);
}
