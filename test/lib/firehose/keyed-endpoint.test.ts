import { describe, expect, it } from "vitest";

import type { DeliveryReport } from "../../../lib/firehose/endpoint.ts";
import { createKeyedEndpoint } from "../../../lib/firehose/keyed-endpoint.ts";
import { SecretError, type SecretVariable } from "../../../lib/secrets.ts";

const requestId = "5f1f0a4e-7a4c-4a43-9d1b-000000000000";
const env = {
  HYDRANT_ACCESS_KEYS_SECRET_ARN: "access-keys",
  DATADOG_API_KEY_SECRET_ARN: "datadog",
  MACKEREL_API_KEY_SECRET_ARN: "mackerel",
  MACKEREL_SERVICE: "shop",
};

/** The endpoint with secrets that the test changes, and services that take everything. */
function start(secrets: Partial<Record<SecretVariable, string>>) {
  const reports: DeliveryReport[] = [];
  let forgotten = 0;
  let nowMs = 1_700_000_000_000;
  const endpoint = createKeyedEndpoint({
    env,
    secrets: {
      read: (variable) => {
        nowMs += 10;
        const value = secrets[variable];
        if (value === undefined)
          return Promise.reject(new SecretError(`The secret ${variable} has no value`));
        return Promise.resolve(value);
      },
      forget: () => ++forgotten === 1,
    },
    send: () => Promise.resolve({ status: 200, headers: {}, body: "" }),
    backup: { write: () => Promise.resolve() },
    clock: { nowMs: () => nowMs, sleep: () => Promise.resolve() },
    report: (report) => reports.push(report),
  });
  const deliver = async (path: string, accessKey: string): Promise<{ status: number; text: string }> => {
    const body = JSON.stringify({ requestId, timestamp: nowMs, records: [] });
    const headers = { "X-Amz-Firehose-Request-Id": requestId, "X-Amz-Firehose-Access-Key": accessKey };
    const request = new Request(`https://endpoint.test${path}`, { method: "POST", headers, body });
    const response = await endpoint(request, 30_000);
    return { status: response.status, text: await response.text() };
  };
  return { deliver, reports, secrets, forgotten: () => forgotten };
}

const all = { HYDRANT_ACCESS_KEYS: "new,old", DATADOG_API_KEY: "dd", MACKEREL_API_KEY: "mk" };

describe("an endpoint whose keys are kept elsewhere", () => {
  it("takes every key that is good now, and reads anew for one that is not", async () => {
    const { deliver, secrets, forgotten } = start({ ...all });
    expect((await deliver("/mackerel", "new")).status).toBe(200);
    expect((await deliver("/mackerel", "old")).status).toBe(200);
    expect(forgotten()).toBe(0);
    expect((await deliver("/mackerel", "newer")).status).toBe(401);
    expect(forgotten()).toBe(1);
    secrets.HYDRANT_ACCESS_KEYS = "newer,new";
    expect((await deliver("/mackerel", "newer")).status).toBe(200);
  });

  it("stops one destination alone for a secret that is missing, once the access key was right", async () => {
    const { deliver } = start({ HYDRANT_ACCESS_KEYS: "key", MACKEREL_API_KEY: "mk" });
    const { status, text } = await deliver("/datadog", "key");
    expect([status, text]).toEqual([503, expect.stringContaining("The secret DATADOG_API_KEY has no value")]);
    expect((await deliver("/datadog", "wrong")).status).toBe(401);
    expect((await deliver("/mackerel", "key")).status).toBe(200);
  });

  it("stops all while the access keys are missing, and reports it", async () => {
    const { deliver, reports } = start({ DATADOG_API_KEY: "dd", MACKEREL_API_KEY: "mk" });
    expect((await deliver("/mackerel", "any")).status).toBe(503);
    expect((await deliver("/elsewhere", "any")).status).toBe(404);
    expect(reports).toMatchObject([
      { status: 503, error: expect.stringContaining("HYDRANT_ACCESS_KEYS") },
      {},
    ]);
  });

  it("answers 503 to a secret that holds no key, and shows nothing of it", async () => {
    const { deliver } = start({ ...all, DATADOG_API_KEY: "two words" });
    const { status, text } = await deliver("/datadog", "new");
    expect([status, text]).toEqual([503, expect.stringContaining("DATADOG_API_KEY must be printable ASCII")]);
    expect(text).not.toContain("two words");
  });
});
