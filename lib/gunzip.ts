import { gunzipSync } from "node:zlib";

/** RFC 1952, 2.3.1: the two bytes every gzip member begins with. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

export type Inflated =
  | { readonly kind: "inflated"; readonly bytes: Buffer }
  | { readonly kind: "too-large" }
  | { readonly kind: "not-gzip" };

/** Inflates up to `maxBytes`; never throws, and never holds much more than that. */
export function gunzip(bytes: Uint8Array, maxBytes: number): Inflated {
  try {
    return { kind: "inflated", bytes: gunzipSync(bytes, { maxOutputLength: Math.max(1, maxBytes) }) };
  } catch (error) {
    const isTooLarge =
      error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    return { kind: isTooLarge ? "too-large" : "not-gzip" };
  }
}
