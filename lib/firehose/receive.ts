import { countInflated, gunzip, isGzip } from "../gunzip.ts";
import { readBody } from "../http/body.ts";
import type { ByteBudget } from "../http/byte-budget.ts";
import type { Admission } from "./admit.ts";
import { decodeDelivery, type DecodedDelivery } from "./decode-delivery.ts";
import { maxBodyBytes, readDelivery, type FirehoseDelivery } from "./delivery.ts";
import type { Refusal } from "./refusal.ts";

/** A delivery that was read; it counts as in work until it is disposed of. */
export interface Received extends Disposable {
  readonly delivery: FirehoseDelivery;
  readonly decoded: DecodedDelivery;
}

/** Reads a request's body, if the budget has room for it: as it is sent, and as it is once inflated. */
export async function receive(
  request: Request,
  { requestId, attributes }: Pick<Admission, "requestId" | "attributes">,
  budget: ByteBudget,
): Promise<Received | Refusal> {
  using held = new DisposableStack();
  const reserved = held.use(budget.takeBody(request, maxBodyBytes));
  if (reserved === undefined) return tooManyAtOnce;
  const body = await readBody(request, maxBodyBytes);
  if (body === undefined) return malformed(`the body is longer than ${maxBodyBytes} bytes`);
  reserved.shrink(body.byteLength);
  const text = await inflate(body, (bytes) => held.use(budget.take(bytes)) !== undefined);
  if ("kind" in text) return text;
  const delivery = readDelivery(text, requestId);
  if (typeof delivery === "string") return malformed(delivery);
  const decoded = decodeDelivery(delivery, attributes);
  if (typeof decoded === "string") return malformed(decoded);
  const holding = held.move();
  return { delivery, decoded, [Symbol.dispose]: () => holding.dispose() };
}

const malformed = (detail: string): Refusal => ({ kind: "malformed", detail });

const tooManyAtOnce: Refusal = {
  kind: "unavailable",
  detail: "There are too many deliveries in work at once.",
};

/** What is inflated at once, as nearly every body is; of a larger one the bytes are counted first. */
const maxUncountedBytes = 8 * 1024 * 1024;

/** The text of a body, if `reserve` has room for it. */
async function inflate(body: Uint8Array, reserve: (bytes: number) => boolean): Promise<Buffer | Refusal> {
  if (!isGzip(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let inflated = gunzip(body, maxUncountedBytes);
  if (inflated.kind === "too-large") {
    const count = await countInflated(body, maxBodyBytes);
    if (typeof count === "number") {
      if (!reserve(count)) return tooManyAtOnce;
      inflated = gunzip(body, count, count + 64);
    } else inflated = { kind: count };
  }
  if (inflated.kind === "inflated") return inflated.bytes;
  const isTooLarge = inflated.kind === "too-large";
  const detail = isTooLarge
    ? `inflates beyond ${maxBodyBytes} bytes`
    : "begins like gzip but does not inflate";
  return malformed(`the body ${detail}`);
}
