import type { Clock } from "../clock.ts";
import { deliver, type Delivered, type Refusals } from "../destinations/deliver.ts";
import { ByteBudget } from "../http/byte-budget.ts";
import { admit, type Admission, type AdmissionParts } from "./admit.ts";
import type { Backup } from "../store/store.ts";
import type { DecodedDelivery } from "./decode-delivery.ts";
import { maxBodyBytes } from "./delivery.ts";
import { Keeper } from "./keeper.ts";
import { receive } from "./receive.ts";
import { reply, toWire, type Refusal } from "./refusal.ts";

/** What became of one delivery. Every point is in exactly one count. */
export interface DeliveryReport {
  readonly requestId: string;
  readonly stream: string;
  readonly destination: string;
  readonly status: number;
  readonly records: number;
  readonly accepted: number;
  /** Points that travelled within an accepted one of the same series and second. */
  readonly merged: number;
  /** Points kept in `rejected/`, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Points kept in `expired/`, by reason. */
  readonly expired: Readonly<Record<string, number>>;
  /** Points that come again with Firehose's next attempt. */
  readonly retry: number;
  readonly milliseconds: number;
  readonly error?: string | undefined;
}

export interface EndpointParts extends AdmissionParts {
  readonly backup: Backup;
  readonly clock: Clock;
  readonly report: (report: DeliveryReport) => void;
}

/** Firehose's HTTP endpoint: answers every request with contract JSON within `deadlineMs` from now; never rejects. */
export type Endpoint = (request: Request, deadlineMs: number) => Promise<Response>;

/** The longest that one delivery may take: well inside the 3 minutes that Firehose waits. */
export const maxDeadlineMs = 150_000;

type Counts = Pick<DeliveryReport, "records" | "accepted" | "merged" | "rejected" | "expired" | "retry">;

interface Outcome extends Counts {
  readonly refusal?: Refusal | undefined;
}

const noCounts: Counts = { records: 0, accepted: 0, merged: 0, rejected: {}, expired: {}, retry: 0 };

/** Bodies in work at a time, inflated: one of the largest, and many of a few MiB, as Firehose's usual ones are. */
const maxBytesAtOnce = 1.5 * maxBodyBytes;

export function createEndpoint(parts: EndpointParts): Endpoint {
  const budget = new ByteBudget(maxBytesAtOnce);
  return async (request, deadlineMs) => {
    const startMs = parts.clock.nowMs();
    const admission = admit(request, parts);
    let outcome: Outcome;
    let thrown: unknown;
    try {
      outcome =
        "refusal" in admission
          ? { ...noCounts, ...admission }
          : await take(request, admission, { parts, budget, untilMs: startMs + deadlineMs });
    } catch (error) {
      thrown = error;
      outcome = { ...noCounts, refusal: { kind: "unforeseen" } };
    }
    const { refusal, ...counts } = outcome;
    const nowMs = parts.clock.nowMs();
    const { requestId, stream, destination } = admission;
    const wire = refusal && toWire(refusal);
    const error = thrown === undefined ? wire?.errorMessage : whereThrown(thrown);
    parts.report({
      requestId,
      stream,
      destination,
      status: wire?.status ?? 200,
      ...counts,
      milliseconds: nowMs - startMs,
      error,
    });
    return reply(requestId, nowMs, refusal);
  };
}

/** An error's name and place, without its message: that may quote what it was thrown over. */
function whereThrown(error: unknown): string {
  const { name, stack = "" } = error instanceof Error ? error : { name: typeof error };
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  return [name, ...frames.slice(0, 5).map((line) => line.trim())].join(" ");
}

interface Work {
  readonly parts: EndpointParts;
  readonly budget: ByteBudget;
  readonly untilMs: number;
}

async function take(
  request: Request,
  admission: Admission,
  { parts, budget, untilMs }: Work,
): Promise<Outcome> {
  const received = await receive(request, admission, budget);
  if ("kind" in received) return { ...noCounts, refusal: received };
  using held = received;
  const { delivery, decoded } = held;
  const { stream, requestId } = admission;
  const timestampMs = delivery.timestampMs ?? parts.clock.nowMs();
  const keeper = new Keeper(parts, { stream, requestId, timestampMs }, decoded);
  const keep = (refusals: Refusals): Promise<string | undefined> => keeper.keep(refusals);
  const delivered = await deliver(decoded.points, admission.outlet, { clock: parts.clock, untilMs, keep });
  return settle({ admission, records: delivery.records.length, decoded, delivered }, keep);
}

interface Settlement {
  readonly admission: Admission;
  readonly records: number;
  readonly decoded: DecodedDelivery;
  readonly delivered: Delivered;
}

/** Keeps what was refused, once, when everything else is through; until then all of that comes again. */
async function settle(
  { admission, records, decoded, delivered }: Settlement,
  keep: (refusals: Refusals) => Promise<string | undefined>,
): Promise<Outcome> {
  const { accepted, merged, isUnauthorized, problems } = delivered;
  const rejected = countByReason(delivered.rejected, decoded.rejectedCounts);
  const expired = countByReason(delivered.expired, {});
  const later = {
    ...noCounts,
    records,
    accepted,
    merged,
    retry: delivered.retry + sum(rejected) + sum(expired),
  };
  const unavailable = (detail: string): Outcome => ({ ...later, refusal: { kind: "unavailable", detail } });
  if (isUnauthorized && admission.isPassthrough) return { ...later, refusal: { kind: "unauthorized" } };
  if (delivered.retry > 0) {
    return unavailable(`Points that could not be delivered yet: ${delivered.retry}; ${problems.join("; ")}`);
  }
  if (admission.isPassthrough && accepted === 0 && later.retry > 0) {
    return unavailable(
      "No point could be sent that would prove the access key; nothing is kept for an unknown one.",
    );
  }
  const problem = await keep(delivered);
  if (problem !== undefined) return unavailable(problem);
  return { records, accepted, merged, rejected, expired, retry: 0 };
}

function countByReason(
  refused: readonly { readonly reason: string }[],
  start: Readonly<Record<string, number>>,
): Record<string, number> {
  const counts = { ...start };
  for (const { reason } of refused) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((a, b) => a + b, 0);
