import { gzipSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readConfig } from "../../../lib/config.ts";
import { outletsOf, passthroughOf } from "../../../lib/destinations/index.ts";
import { createEndpoint, type DeliveryReport } from "../../../lib/firehose/endpoint.ts";
import type { Send } from "../../../lib/send.ts";
import { bodyOf, expectContract, line, requestOf, type Sent } from "../../support/pipeline.ts";
import { nowMs } from "../../support/points.ts";
import { runs } from "../../support/runs.ts";
import { SteppingClock } from "../../support/stepping-clock.ts";

const config = readConfig({
  DATADOG_API_KEY: "secret-of-datadog",
  MACKEREL_API_KEY: "secret-of-mackerel",
  MACKEREL_SERVICE: "shop",
  HYDRANT_ACCESS_KEYS: "access-key-now",
  HYDRANT_PASSTHROUGH: "1",
});

const accept: Send = () => Promise.resolve({ status: 200, headers: {}, body: "" });

/** Lets the endpoint answer; fails unless that is a contract reply, and told with its secrets left out. */
async function answer(
  records: readonly (string | Uint8Array)[],
  sent: Sent,
  send: Send = accept,
): Promise<DeliveryReport> {
  const clock = new SteppingClock(nowMs);
  const reports: DeliveryReport[] = [];
  const endpoint = createEndpoint({
    accessKeys: config.accessKeys,
    outlets: outletsOf(config, send),
    passthrough: passthroughOf(config, send),
    backup: { write: () => Promise.resolve() },
    clock,
    report: (report) => reports.push(report),
  });
  const request = requestOf(records, sent);
  const response = await clock.settle(endpoint(request, 60_000));
  const message = await expectContract(response, request);
  const [report, ...more] = reports;
  if (report === undefined || more.length > 0) throw new Error("a delivery is reported once");
  expect(report.status).toBe(response.status);
  expect(`${message}${JSON.stringify(report)}`).not.toMatch(/secret-of|access-key-now/);
  return report;
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0);
const total = ({ accepted, merged, rejected, expired, retry }: DeliveryReport): number =>
  accepted + merged + sum(rejected) + sum(expired) + retry;

const bytes = fc.uint8Array({ maxLength: 200 });
const likeRecord = fc.constantFrom(line(), line({ name: "a b" }), "a 1 1800000000", "nonsense", "{", "[", "");
const record = fc.oneof(
  bytes,
  fc.json(),
  likeRecord,
  fc.array(likeRecord).map((lines) => lines.join("\n")),
);

/** Any text that `Headers` can carry. */
const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
});
const path = fc.constantFrom("/mackerel", "/datadog", "/service");

describe("the endpoint answers with contract JSON, and never throws,", () => {
  it("whatever bytes the body is", async () => {
    const whole = bodyOf([line(), "nonsense"]);
    const body = fc.oneof(
      bytes,
      fc.json(),
      fc.json().map((json) => `{"requestId":"0c1f9f54-8f4b-4f0e-9a67-6bf1d1a5b6f3","records":${json}}`),
      fc.nat(whole.length).map((length) => whole.slice(0, length)),
      bytes.map((raw) => new Uint8Array([0x1f, 0x8b, ...raw])),
      fc.json().map((json) => gzipSync(json, { level: 1 })),
    );
    await fc.assert(
      fc.asyncProperty(body, path, async (each, to) => {
        await answer([], { body: each, path: to });
      }),
      { numRuns: runs(10_000) },
    );
  });

  it("whatever text the headers, the method and the path are", async () => {
    const name = fc.constantFrom(
      "content-encoding",
      "content-type",
      "x-amz-firehose-access-key",
      "x-amz-firehose-common-attributes",
      "x-amz-firehose-protocol-version",
      "x-amz-firehose-request-id",
      "x-amz-firehose-source-arn",
    );
    const attributes = fc
      .json()
      .map((json) => `{"commonAttributes":${Buffer.from(json).toString("latin1")}}`);
    const sent = fc.record({
      headers: fc.dictionary(name, fc.oneof(headerText, attributes), { maxKeys: 2 }),
      method: fc.constantFrom("POST", "POST", "POST", "GET", "PUT", "DELETE"),
      path: fc.oneof(path, fc.webPath()),
    });
    await fc.assert(
      fc.asyncProperty(sent, async (each) => {
        await answer([line()], each);
      }),
      { numRuns: runs(10_000) },
    );
  });

  it("whatever bytes the records are, every point in exactly one count", async () => {
    const attributes = fc.record(
      {
        format: fc.constantFrom("hydrant", "mackerel", "datadog"),
        tags: fc.string(),
        prefix: fc.string(),
        service: fc.constantFrom("shop", "other"),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 4 }), attributes, path, async (records, common, to) => {
        const report = await answer(records, { path: to, attributes: common });
        const refused = await answer(records, { path: to, attributes: common }, () =>
          Promise.resolve({ status: 500, headers: {}, body: "" }),
        );
        if (report.status !== 400) expect(total(refused)).toBe(total(report));
        expect(report.retry > 0).toBe(report.status === 503);
      }),
      { numRuns: runs(10_000) },
    );
  });

  it("whatever the destination answers, or does not", async () => {
    const body = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.string().map((text) => `${text}KEY KEY${text}`),
    );
    const response = fc.record({
      status: fc.oneof(fc.integer({ min: 100, max: 599 }), fc.constantFrom(200, 202, 400, 404, 413, 429)),
      headers: headerText.map((text) => ({ "retry-after": text })),
      body,
    });
    const failure = fc.anything().map((thrown) => ({ thrown }));
    const destination = fc.constantFrom("mackerel", "datadog");
    await fc.assert(
      fc.asyncProperty(fc.oneof(response, response, failure), destination, async (each, name) => {
        const send: Send = () => {
          if ("thrown" in each) return Promise.reject(each.thrown);
          return Promise.resolve({ ...each, body: each.body.replaceAll("KEY", `secret-of-${name}`) });
        };
        const report = await answer([line(), "nonsense"], { path: `/${name}` }, send);
        expect(total(report)).toBe(2);
      }),
      { numRuns: runs(10_000) },
    );
  });
});
