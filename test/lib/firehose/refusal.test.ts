import { describe, expect, it } from "vitest";

import { reply, toWire, type Refusal } from "../../../lib/firehose/refusal.ts";
import { nowMs } from "../../support/points.ts";

const refusals: readonly Refusal[] = [
  { kind: "not-found" },
  { kind: "method-not-allowed" },
  { kind: "unauthorized" },
  { kind: "malformed", detail: "it is not" },
  { kind: "unavailable", detail: "later" },
  { kind: "unforeseen" },
];

describe("a reply", () => {
  it("has a status of its own for each refusal, and never 413", () => {
    expect(refusals.map((refusal) => toWire(refusal).status)).toEqual([404, 405, 401, 400, 503, 500]);
  });

  it("is the request id and the time, and with a refusal its words", async () => {
    expect(await reply("id", nowMs).json()).toEqual({ requestId: "id", timestamp: nowMs });
    expect(await reply("id", nowMs, { kind: "unavailable", detail: "later" }).json()).toEqual({
      requestId: "id",
      timestamp: nowMs,
      errorMessage: "later",
    });
  });

  it("cuts its words to the 8,192 characters that Firehose takes", async () => {
    const response = reply("id", nowMs, { kind: "unavailable", detail: "💥".repeat(9_000) });
    const { errorMessage } = (await response.json()) as { errorMessage: string };
    expect(errorMessage).toHaveLength(8_192);
  });

  it("counts its length in bytes", async () => {
    const response = reply("検索", nowMs);
    const length = Number(response.headers.get("content-length"));
    expect((await response.arrayBuffer()).byteLength).toBe(length);
  });
});
