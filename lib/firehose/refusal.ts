/** Why a delivery is not taken: the endpoint's own words for it. */
export type Refusal =
  | { readonly kind: "not-found" }
  | { readonly kind: "method-not-allowed" }
  | { readonly kind: "unauthorized" }
  | { readonly kind: "malformed"; readonly detail: string }
  | { readonly kind: "unavailable"; readonly detail: string }
  | { readonly kind: "unforeseen" };

/** The status and the words that Firehose gets. Never 413: Firehose would drop the delivery without a backup. */
export function toWire(refusal: Refusal): { readonly status: number; readonly errorMessage: string } {
  switch (refusal.kind) {
    case "not-found":
      return { status: 404, errorMessage: "There is no endpoint at this path." };
    case "method-not-allowed":
      return { status: 405, errorMessage: "Deliveries are sent by POST." };
    case "unauthorized":
      return { status: 401, errorMessage: "The access key is missing or wrong." };
    case "malformed":
      return { status: 400, errorMessage: `This is no delivery of Firehose: ${refusal.detail}.` };
    case "unavailable":
      return { status: 503, errorMessage: refusal.detail };
    case "unforeseen":
      return { status: 500, errorMessage: "Something unforeseen went wrong; the log has the details." };
    default:
      return refusal satisfies never;
  }
}

/** Source: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html, response format */
const maxErrorMessageLength = 8192;

/** The reply that Firehose accepts, and nothing besides: it rejects unexpected members. */
export function reply(requestId: string, nowMs: number, refusal?: Refusal): Response {
  const wire = refusal && toWire(refusal);
  const errorMessage = wire?.errorMessage.slice(0, maxErrorMessageLength);
  const body = Buffer.from(JSON.stringify({ requestId, timestamp: nowMs, errorMessage }));
  const headers = { "Content-Type": "application/json", "Content-Length": String(body.byteLength) };
  return new Response(body, { status: wire?.status ?? 200, headers });
}
