import type { ErrorRecord } from "../firehose/error-record.ts";
import { BraceScan } from "./brace-scan.ts";
import { isJson, parseErrorRecord } from "./parse-error-record.ts";

/** A document of a backup object: a failed record, or where in the object (inflated) there is something else. */
export type Cut =
  | { readonly kind: "record"; readonly record: ErrorRecord }
  | { readonly kind: "unreadable"; readonly offsetBytes: number };

/** Far more than the largest record makes: 1,365,336 characters of base64 and a message of 8,192. */
const maxDocumentBytes = 4 * 1024 * 1024;

/** How Firehose begins an error record; tells where the next one is when one is broken. */
const beginning = Buffer.from('{"attemptsMade"');
const openBrace = 0x7b;

/**
 * Cuts the bytes of a backup object into error records: on lines, over several lines or run together. One that cannot
 * be read costs none around it. Holds no more than one document.
 */
export class RecordCutter {
  #held: Buffer = Buffer.alloc(0);
  #offsetBytes = 0;
  #scan = new BraceScan();
  /** What is held is the rest of something unreadable. */
  #isSkipping = false;
  /** After one that spans lines is broken, each further one has to end on its line: no byte is read on and on. */
  #isOneLineEach = false;

  push(bytes: Uint8Array): Cut[] {
    this.#held = this.#held.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#held, bytes]);
    return [...this.#cut(false)];
  }

  end(): Cut[] {
    return [...this.#cut(true)];
  }

  *#cut(isEnd: boolean): Generator<Cut> {
    while (this.#skip(isEnd)) {
      const { record, end, isCut = false } = this.#next(isEnd);
      if (end === undefined) return;
      if (record !== undefined) yield { kind: "record", record };
      else {
        yield { kind: "unreadable", offsetBytes: this.#offsetBytes };
        this.#isSkipping = isCut;
      }
      this.#drop(end);
    }
  }

  /** Drops what stands before the next document; whether there is one. */
  #skip(isEnd: boolean): boolean {
    if (this.#isSkipping) {
      const next = nextBeginning(this.#held, 0);
      this.#isSkipping = next === undefined && !isEnd;
      // The last bytes may be the start of a beginning.
      this.#drop(next ?? (isEnd ? this.#held.length : Math.max(0, this.#held.length - beginning.length)));
      if (next === undefined) return false;
    }
    let at = 0;
    while (at < this.#held.length && isSpace(this.#held[at] ?? 0)) at++;
    if (at > 0) this.#drop(at);
    return this.#held.length > 0;
  }

  /** The document that is held first, or where something unreadable ends; nothing where more bytes are needed. */
  #next(isEnd: boolean): {
    readonly record?: ErrorRecord | undefined;
    readonly end?: number;
    readonly isCut?: boolean;
  } {
    const held = this.#held;
    const end = held[0] === openBrace ? this.#scan.advance(held, this.#isOneLineEach) : "broken";
    const isMoreToCome = !isEnd && held.length <= maxDocumentBytes;
    if (end === "open" && isMoreToCome) return {};
    if (typeof end === "number") {
      const text = held.toString("utf8", 0, end);
      const record = parseErrorRecord(text);
      if (record !== undefined || isJson(text)) return { record, end };
    }
    const next = nextBeginning(held, 1);
    if (next === undefined && isMoreToCome) return {};
    if (next !== undefined && this.#scan.lookedBytes > next + 1) this.#isOneLineEach = true;
    const record = held[0] === openBrace ? parseErrorRecord(held.toString("utf8", 0, next)) : undefined;
    return { record, end: next ?? held.length, isCut: next === undefined };
  }

  #drop(bytes: number): void {
    this.#held = this.#held.subarray(bytes);
    this.#offsetBytes += bytes;
    this.#scan = new BraceScan();
  }
}

/** The end of the line, or what looks like the beginning of a document on it. */
function nextBeginning(bytes: Buffer, from: number): number | undefined {
  const lineEnd = bytes.indexOf(0x0a, from);
  const line = lineEnd === -1 ? bytes : bytes.subarray(0, lineEnd);
  const found = line.indexOf(beginning, from);
  if (found !== -1) return found;
  return lineEnd === -1 ? undefined : lineEnd;
}

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
