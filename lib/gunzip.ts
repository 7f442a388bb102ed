import { createGunzip, gunzipSync } from "node:zlib";

/** RFC 1952, 2.3.1: the two bytes every gzip member begins with. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

export type Inflated =
  | { readonly kind: "inflated"; readonly bytes: Buffer }
  | { readonly kind: "too-large" }
  | { readonly kind: "not-gzip" };

/** Inflates up to `maxBytes`, in pieces of `chunkSize`; never throws, and never holds much more than that. */
export function gunzip(bytes: Uint8Array, maxBytes: number, chunkSize = 16_384): Inflated {
  try {
    const options = { maxOutputLength: Math.max(1, maxBytes), chunkSize };
    return { kind: "inflated", bytes: gunzipSync(bytes, options) };
  } catch (error) {
    const isTooLarge =
      error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    return { kind: isTooLarge ? "too-large" : "not-gzip" };
  }
}

/** How much it inflates to, counted while it takes next to no memory: at most `maxBytes`. Never rejects. */
export async function countInflated(
  bytes: Uint8Array,
  maxBytes: number,
): Promise<number | "too-large" | "not-gzip"> {
  const inflating = createGunzip({ chunkSize: 65_536 }); // too large for Node's buffer pool
  inflating.end(bytes);
  let count = 0;
  try {
    for await (const chunk of inflating as AsyncIterable<Buffer>) {
      count += chunk.byteLength;
      if (count > maxBytes) return "too-large";
      release(chunk);
    }
    return count;
  } catch {
    return "not-gzip";
  }
}

/** Frees a full chunk at once: garbage of 64 MiB would count as memory until it is collected. */
function release({ buffer, byteOffset, byteLength }: Buffer): void {
  const isFull = byteOffset + byteLength === buffer.byteLength; // into any other one zlib goes on writing
  if (isFull && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
