import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";

import { expect } from "vitest";

import type { Clock } from "../../lib/clock.ts";
import { readConfig } from "../../lib/config.ts";
import { outletsOf, passthroughOf } from "../../lib/destinations/index.ts";
import { folderStore } from "../../lib/store/folder-store.ts";
import type { Backup } from "../../lib/store/store.ts";
import { createEndpoint, type DeliveryReport } from "../../lib/firehose/endpoint.ts";
import type { ErrorRecord } from "../../lib/firehose/error-record.ts";
import { createSend, type Send } from "../../lib/send.ts";
import { startDatadog, type DatadogStandIn } from "./datadog.ts";
import type { Faults } from "./faults.ts";
import { startMackerel, type MackerelStandIn } from "./mackerel.ts";
import { nowMs } from "./points.ts";
import { checkOf } from "./schemas/check.ts";
import { deliveryResponse } from "./schemas/firehose.ts";
import { SteppingClock } from "./stepping-clock.ts";

export const requestId = "0c1f9f54-8f4b-4f0e-9a67-6bf1d1a5b6f3";
export const stream = "hydrant-test";
export const keys = {
  access: "access-key-now",
  previous: "access-key-before",
  mackerel: "mk",
  datadog: "dk",
};

interface PipelineOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly faults?: Faults;
  readonly refuses?: (name: string) => boolean;
  readonly services?: readonly string[];
  readonly clock?: Clock;
  readonly send?: Send;
  readonly backup?: Backup;
}

const deadlineMs = 150_000;

/** How a request differs from the one that Firehose makes. */
export interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** In place of the body that holds the records. */
  readonly body?: string | Uint8Array;
}

export interface Reply {
  readonly status: number;
  readonly errorMessage: string | undefined;
  readonly report: DeliveryReport;
}

export interface Kept {
  readonly path: string;
  readonly records: readonly ErrorRecord[];
}

export interface Pipeline extends AsyncDisposable {
  readonly mackerel: MackerelStandIn;
  readonly datadog: DatadogStandIn;
  readonly reports: readonly DeliveryReport[];
  /** Sends records as Firehose does; the answer is checked against what Firehose takes. */
  deliver(records: readonly (string | Uint8Array)[], sent?: Sent): Promise<Reply>;
  /** Answers a request as it is. */
  answer(request: Request): Promise<Response>;
  /** The objects of the backup folder. */
  kept(): Promise<readonly Kept[]>;
}

/** The endpoint with real destinations, HTTP to stand-ins of both services, and a folder for a bucket. */
export async function startPipeline(options: PipelineOptions = {}): Promise<Pipeline> {
  const { clock = new SteppingClock(nowMs), send = createSend() } = options;
  const shared = { nowMs: () => nowMs, ...pick(options, "faults"), ...pick(options, "refuses") };
  const services = options.services ?? ["shop", "stock"];
  const mackerel = await startMackerel({
    ...shared,
    apiKey: keys.mackerel,
    readOnlyApiKey: "reader",
    services,
  });
  const datadog = await startDatadog({ ...shared, apiKey: keys.datadog });
  const folder = await mkdtemp(join(tmpdir(), "hydrant-"));
  const config = readConfig({
    DATADOG_API_KEY: keys.datadog,
    DATADOG_API_URL: datadog.url,
    MACKEREL_API_KEY: keys.mackerel,
    MACKEREL_API_URL: mackerel.url,
    MACKEREL_SERVICE: "shop",
    MACKEREL_SERVICES: "stock,gone",
    HYDRANT_ACCESS_KEYS: `${keys.access},${keys.previous}`,
    ...options.env,
  });
  const reports: DeliveryReport[] = [];
  const endpoint = createEndpoint({
    accessKeys: config.accessKeys,
    outlets: outletsOf(config, send),
    passthrough: passthroughOf(config, send),
    backup: options.backup ?? folderStore(folder),
    clock,
    report: (report) => reports.push(report),
  });
  return {
    mackerel,
    datadog,
    reports,
    async deliver(records, sent = {}) {
      const request = requestOf(records, sent);
      const response = await endpoint(request, deadlineMs);
      const report = reports.at(-1);
      if (report === undefined) throw new Error("nothing was reported");
      const errorMessage = await expectContract(response, request);
      expect(report.status).toBe(response.status);
      return { status: response.status, errorMessage, report };
    },
    answer: (request) => endpoint(request, deadlineMs),
    kept: () => keptIn(folder),
    async [Symbol.asyncDispose]() {
      await Promise.all([mackerel[Symbol.asyncDispose](), datadog[Symbol.asyncDispose]()]);
      await rm(folder, { recursive: true });
    },
  };
}

function pick<T extends object, K extends keyof T>(from: T, key: K): Partial<Pick<T, K>> {
  return from[key] === undefined ? {} : ({ [key]: from[key] } as Partial<Pick<T, K>>);
}

/** A request as Firehose makes it. */
export function requestOf(records: readonly (string | Uint8Array)[], sent: Sent = {}): Request {
  const { path = "/mackerel", method = "POST", attributes, headers = {} } = sent;
  const all: Record<string, string | undefined> = {
    "content-type": "application/json",
    "x-amz-firehose-protocol-version": "1.0",
    "x-amz-firehose-request-id": requestId,
    "x-amz-firehose-source-arn": `arn:aws:firehose:eu-west-1:123456789012:deliverystream/${stream}`,
    "x-amz-firehose-access-key": keys.access,
    "x-amz-firehose-common-attributes":
      attributes && Buffer.from(JSON.stringify({ commonAttributes: attributes })).toString("latin1"),
    ...headers,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const body = sent.body ?? bodyOf(records);
  return new Request(`https://endpoint.test${path}`, {
    method,
    headers: given,
    ...(method === "GET" || method === "HEAD" ? {} : { body: new Uint8Array(Buffer.from(body)) }),
  });
}

export function bodyOf(records: readonly (string | Uint8Array)[], id = requestId): string {
  const encoded = records.map((record) => ({ data: Buffer.from(record).toString("base64") }));
  return JSON.stringify({ requestId: id, timestamp: nowMs - 500, records: encoded });
}

const check = checkOf(deliveryResponse);

/** Fails unless the response is one that Firehose reads; answers its message. */
export async function expectContract(response: Response, request: Request): Promise<string | undefined> {
  const bytes = Buffer.from(await response.arrayBuffer());
  expect(Object.fromEntries(response.headers)).toEqual({
    "content-type": "application/json",
    "content-length": String(bytes.byteLength),
  });
  const body = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
  expect(check(body)).toBeUndefined();
  expect(body["requestId"]).toBe(request.headers.get("x-amz-firehose-request-id") ?? "");
  expect([200, 400, 401, 404, 405, 500, 503]).toContain(response.status);
  expect("errorMessage" in body).toBe(response.status !== 200);
  return body["errorMessage"] as string | undefined;
}

async function keptIn(folder: string): Promise<Kept[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.toSorted().map(async (path) => {
      const lines = (await readFile(path, "utf8")).split("\n");
      expect(lines.pop()).toBe("");
      return { path: relative(folder, path), records: lines.map((each) => JSON.parse(each) as ErrorRecord) };
    }),
  );
}

/** The text that an error record keeps. */
export const rawText = ({ rawData }: ErrorRecord): string => Buffer.from(rawData, "base64").toString("utf8");

/** A line in Hydrant's own form, of now. */
export function line(members: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ name: "builds", value: 1, time: nowMs / 1000, ...members });
}
