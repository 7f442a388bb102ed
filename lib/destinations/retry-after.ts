import type { IncomingHttpHeaders } from "node:http";

/** The wait that a `Retry-After` header asks for, in seconds or as a date (RFC 9110, 10.2.3); undefined without one. */
export function retryAfterMs(headers: IncomingHttpHeaders, nowMs: number): number | undefined {
  const text = headers["retry-after"]?.trim() ?? "";
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  // Without its zone a date is none here: `Date.parse` makes one of any number.
  const untilMs = text.endsWith("GMT") ? Date.parse(text) : NaN;
  return Number.isNaN(untilMs) ? undefined : Math.max(0, untilMs - nowMs);
}
