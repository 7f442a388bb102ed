import type { Clock } from "../clock.ts";
import { deliver, type Delivered } from "../destinations/deliver.ts";
import type { Outlet } from "../destinations/destination.ts";
import { ByteBudget } from "../http/byte-budget.ts";
import { admit, type Admission, type AdmissionParts } from "./admit.ts";
import type { Backup } from "./backup.ts";
import type { DecodedDelivery } from "./decode-delivery.ts";
import { maxBodyBytes, type FirehoseDelivery } from "./delivery.ts";
import { keptKey, keptObject, keptPoints, type Kept, type KeptFolder } from "./kept.ts";
import { receive } from "./receive.ts";
import { reply, toWire, type Refusal } from "./refusal.ts";

export type { Outlet };

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
  const delivered = await deliver(decoded.points, admission.outlet, { clock: parts.clock, untilMs });
  return settle({ admission, delivery, decoded, delivered }, parts);
}

interface Settlement {
  readonly admission: Admission;
  readonly delivery: FirehoseDelivery;
  readonly decoded: DecodedDelivery;
  readonly delivered: Delivered;
}

/** Keeps what was refused, once, when everything else is through; until then all of that comes again. */
async function settle(
  { admission, delivery, decoded, delivered }: Settlement,
  parts: EndpointParts,
): Promise<Outcome> {
  const { accepted, merged, isUnauthorized, problems } = delivered;
  const records = delivery.records.length;
  const rejected = countByReason(delivered.rejected, decoded.rejectedCounts);
  const expired = countByReason(delivered.expired, {});
  const later = {
    ...noCounts,
    records,
    accepted,
    merged,
    retry: delivered.retry + sum(rejected) + sum(expired),
  };
  if (isUnauthorized && admission.isPassthrough) return { ...later, refusal: { kind: "unauthorized" } };
  if (delivered.retry > 0) {
    const detail = `Points that could not be delivered yet: ${delivered.retry}; ${problems.join("; ")}`;
    return { ...later, refusal: { kind: "unavailable", detail } };
  }
  if (admission.isPassthrough && accepted === 0 && later.retry > 0) {
    const detail =
      "No point could be sent that would prove the access key; nothing is kept for an unknown one.";
    return { ...later, refusal: { kind: "unavailable", detail } };
  }
  try {
    await keep({ admission, delivery, decoded, delivered }, parts);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "no reason given";
    return {
      ...later,
      refusal: { kind: "unavailable", detail: `Refused points could not be kept: ${code}` },
    };
  }
  return { records, accepted, merged, rejected, expired, retry: 0 };
}

async function keep(
  { admission, delivery, decoded, delivered }: Settlement,
  { backup, clock }: EndpointParts,
): Promise<void> {
  const { stream, requestId } = admission;
  if (decoded.rejected.length + delivered.rejected.length + delivered.expired.length === 0) return;
  const nowMs = clock.nowMs();
  const origin = { stream, requestId, timestampMs: delivery.timestampMs ?? nowMs, nowMs };
  const recordOf = decoded.recordOf();
  const folders: Record<KeptFolder, readonly Kept[]> = {
    rejected: [...decoded.rejected, ...keptPoints(delivered.rejected, recordOf)],
    expired: keptPoints(delivered.expired, recordOf),
  };
  for (const folder of ["rejected", "expired"] as const) {
    if (folders[folder].length > 0)
      await backup.put(keptKey(folder, origin), keptObject(folders[folder], origin));
  }
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
