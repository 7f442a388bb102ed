import { describe, expect, it } from "vitest";
import type { Fault } from "./faults.ts";
import { startStandIn } from "./stand-in.ts";

/** A stand-in that counts what it records, asked once. */
async function ask(fault: Fault | undefined): Promise<{ answer: string; recorded: number }> {
  let recorded = 0;
  const outcome = { status: 202, body: { ok: true }, record: () => void (recorded += 1) };
  await using standIn = await startStandIn(() => outcome, [fault]);
  const isSilent = fault?.kind === "hang" || (fault?.kind === "slow" && fault.ms > 1);
  const signal = isSilent ? AbortSignal.timeout(200) : null;
  try {
    const response = await fetch(standIn.url, { method: "POST", signal });
    return { answer: `${response.status} ${await response.text()}`, recorded };
  } catch (error) {
    return { answer: error instanceof Error ? error.name : "unknown", recorded };
  }
}

describe("a fault of a stand-in", () => {
  it("is none where the schedule has none", async () => {
    expect(await ask(undefined)).toEqual({ answer: `202 {"ok":true}`, recorded: 1 });
  });

  const faults: [Fault, string][] = [
    [{ kind: "status", status: 503, body: "down" }, "503 down"],
    [{ kind: "wrong-body" }, "200 <html>Sign in</html>"],
    [{ kind: "reset" }, "TypeError"],
    [{ kind: "truncated" }, "TypeError"],
    [{ kind: "hang" }, "TimeoutError"],
  ];

  it.each(faults)("%j comes before the points are recorded, or after", async (fault, answer) => {
    expect(await ask(fault)).toEqual({ answer, recorded: 0 });
    expect(await ask({ ...fault, when: "after" })).toEqual({ answer, recorded: 1 });
  });

  it("can be slowness, which records before or after the wait", async () => {
    expect(await ask({ kind: "slow", ms: 1 })).toEqual({ answer: `202 {"ok":true}`, recorded: 1 });
    expect(await ask({ kind: "slow", ms: 60_000 })).toEqual({ answer: "TimeoutError", recorded: 0 });
    expect(await ask({ kind: "slow", ms: 60_000, when: "after" })).toEqual({
      answer: "TimeoutError",
      recorded: 1,
    });
  });

  it("can follow a rule on the request, and each request is seen with its answer", async () => {
    const busy: Fault = { kind: "status", status: 429, headers: { "retry-after": "7" } };
    await using standIn = await startStandIn(
      () => ({ status: 200, body: {} }),
      (request, index) => (request.body.length > 3 || index === 0 ? busy : undefined),
    );
    const post = (body: string): Promise<Response> => fetch(`${standIn.url}/a?b`, { method: "POST", body });
    const first = await post("1");
    await post("22");
    await post("4444");
    expect(first.headers.get("retry-after")).toBe("7");
    expect(standIn.requests).toMatchObject([
      { method: "POST", path: "/a?b", bodyBytes: 1, status: 429 },
      { path: "/a?b", bodyBytes: 2, status: 200 },
      { path: "/a?b", bodyBytes: 4, status: 429 },
    ]);
  });
});
