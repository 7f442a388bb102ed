import { Readable, pipeline } from "node:stream";
import { createGunzip } from "node:zlib";

import { isGzip } from "../gunzip.ts";
import { RecordCutter, type Cut } from "./record-cutter.ts";

/**
 * The documents of a backup object, gzip or not whatever its name says, in order and as they come. One that ends too
 * early, or stops being gzip, has something unreadable at that place.
 */
export async function* readCuts(object: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Cut[]> {
  const cutter = new RecordCutter();
  let offsetBytes = 0;
  try {
    for await (const bytes of inflate(object)) {
      offsetBytes += bytes.length;
      yield cutter.push(bytes);
    }
  } catch (error) {
    if (!isGzipError(error)) throw error;
    yield [...cutter.end(), { kind: "unreadable", offsetBytes }];
    return;
  }
  yield cutter.end();
}

async function* inflate(object: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = object[Symbol.asyncIterator]();
  try {
    let start: Uint8Array = new Uint8Array();
    while (start.length < 2) {
      const next = await chunks.next();
      if (next.done) break;
      start = Buffer.concat([start, next.value]);
    }
    const all = join(start, { [Symbol.asyncIterator]: () => chunks });
    yield* isGzip(start) ? gunzipAll(all) : all;
  } finally {
    await chunks.return?.(); // whoever stops at the start has not come to them yet
  }
}

function gunzipAll(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Buffer> {
  const gunzip = createGunzip();
  // What goes wrong comes out of the last stream.
  pipeline(Readable.from(bytes, { objectMode: false }), gunzip, () => undefined);
  return gunzip as AsyncIterable<Buffer>;
}

async function* join(start: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start;
  yield* rest;
}

/** Source: https://nodejs.org/api/zlib.html#zlib-constants */
const isGzipError = (error: unknown): boolean =>
  error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
