import type { DeliveryReport } from "../../lib/firehose/endpoint.ts";
import type { HostEvent } from "./delivery-event.ts";
import { count, seconds, visible } from "./print.ts";

/** An event as a line for programs: JSON, flat. */
export function eventJson(event: HostEvent, nowMs: number): string {
  const time = new Date(nowMs).toISOString();
  if (event.kind === "disk-failed") return JSON.stringify({ time, ...event });
  const { kind, delivery, ...rest } = event;
  const { stream, requestId, records, bytes } = delivery;
  const { failure, ...more } = { failure: undefined, ...rest };
  const { errorCode, errorMessage } = failure ?? {};
  return JSON.stringify({ time, kind, stream, requestId, records, bytes, ...more, errorCode, errorMessage });
}

/** An event as a line for people. */
export function eventLine(event: HostEvent): string {
  if (event.kind === "disk-failed") {
    return visible(`${event.stream}: THE DISK FAILS: ${event.reason}; again in ${seconds(event.retryMs)}`);
  }
  const { delivery, attempts } = event;
  const what = `${delivery.stream}: ${count(delivery.records, "record")}`;
  return visible(`${what} ${endOf(event)} (attempt ${attempts}, request ${delivery.requestId})`);
}

function endOf(event: Exclude<HostEvent, { kind: "disk-failed" }>): string {
  if (event.kind === "delivered") return "delivered";
  const why = `${event.failure.errorCode}: ${event.failure.errorMessage}`;
  switch (event.kind) {
    case "failed":
      return `not delivered, again in ${seconds(event.retryMs)}: ${why}`;
    case "dropped":
      return `DROPPED WITHOUT A BACKUP, as Firehose does after a 413: ${why}`;
    case "backed-up":
      return `GIVEN UP and kept in the backup as ${event.key}: ${why}`;
    case "not-backed-up":
      return `NEITHER DELIVERED NOR BACKED UP, again in ${seconds(event.retryMs)}: ${event.reason}; ${why}`;
    default:
      return event satisfies never;
  }
}

/** What the endpoint made of a delivery, as a line for people. */
export function reportLine(report: DeliveryReport): string {
  const { accepted, merged, rejected, expired, retry, error } = report;
  const parts = [
    count(accepted, "point"),
    merged > 0 ? `${merged} merged` : "",
    ...reasons("rejected", rejected),
    ...reasons("expired", expired),
    retry > 0 ? `${retry} to retry` : "",
    error ?? "",
  ];
  const said = parts.filter((part) => part !== "").join(", ");
  return visible(
    `${report.stream} -> ${report.destination}: ${report.status}, ${said}, ${report.milliseconds} ms`,
  );
}

function reasons(what: string, counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).map(([reason, points]) => `${points} ${what} (${reason})`);
}
