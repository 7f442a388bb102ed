import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

/**
 * Trouble as a service makes it. `when` says whether it comes before the points are recorded, which then are not
 * (the default), or after; a slow answer records them either way.
 */
export type Fault = { readonly when?: "before" | "after" } & (
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | { readonly kind: "reset" | "hang" | "truncated" | "wrong-body" }
  | { readonly kind: "slow"; readonly ms: number }
);

/** The fault of each request in order of arrival, by its place in a list or by a rule; `undefined` is none. */
export type Faults =
  readonly (Fault | undefined)[] | ((request: ReceivedRequest, index: number) => Fault | undefined);

export interface ReceivedRequest {
  readonly method: string;
  /** With the query, as it came. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a service answers when nothing goes wrong, and what it then keeps. */
export interface Outcome {
  readonly status: number;
  /** Sent as JSON. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly record?: () => void;
}

/** Records and answers as the fault has it; the status it answered, or `undefined` for none. */
export async function perform(
  fault: Fault | undefined,
  outcome: Outcome,
  response: ServerResponse,
): Promise<number | undefined> {
  const isAfter = fault?.when === "after";
  if (fault?.kind === "slow" && !isAfter) await pause(fault.ms);
  if (fault === undefined || fault.kind === "slow" || isAfter) outcome.record?.();
  if (fault?.kind === "slow" && isAfter) await pause(fault.ms);
  if (fault?.kind === "reset") response.socket?.resetAndDestroy();
  if (fault?.kind === "reset" || fault?.kind === "hang") return undefined;
  const { status, headers, body } = replyOf(fault, outcome);
  const isTruncated = fault?.kind === "truncated";
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    ...headers,
  });
  if (isTruncated) response.write(body.slice(0, -1), () => response.destroy());
  else response.end(body);
  return status;
}

interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

function replyOf(fault: Fault | undefined, outcome: Outcome): Reply {
  if (fault?.kind === "status") return { body: "", ...fault };
  if (fault?.kind === "wrong-body") {
    return { status: 200, headers: { "content-type": "text/html" }, body: "<html>Sign in</html>" };
  }
  return { ...outcome, body: JSON.stringify(outcome.body) };
}

const pause = (ms: number): Promise<void> => wait(ms, undefined, { ref: false });
