import { isUtf8 } from "node:buffer";

import type { Decoding, RecordText } from "./format.ts";

/** Adds what a JSON value holds; `raw` is its text. */
export type ReadValue = (value: unknown, raw: string, into: Decoding) => void;

const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Reads the JSON objects of a record: one, several on lines, several run together, spread over lines, or the
 * elements of an array. What cannot be read is rejected alone: as an object where its braces close on its line,
 * else as a line. Linear in the length of the record.
 */
export function readJsonObjects(record: RecordText, into: Decoding, read: ReadValue): void {
  const { text } = record;
  let at = skipSeparators(text, 0);
  let lineEnd = -1;
  // After one object that spans lines is broken, each further one has to end on its line: no text is read twice.
  let isOneLineEach = false;
  while (at < text.length) {
    const isNewLine = at >= lineEnd;
    if (isNewLine) lineEnd = endOfLine(text, at);
    let end: number;
    if (text.charCodeAt(at) !== openBrace) {
      end = endOfScalar(text, at, lineEnd);
      reject(record, text.slice(at, end), "not-a-metric", into);
    } else if (isNewLine && readWholeLine(record, at, lineEnd, { into, read })) {
      end = lineEnd;
    } else {
      end = endOfObject(text, at, isOneLineEach ? lineEnd : text.length);
      const value = end === -1 ? unreadable : parse(record, text.slice(at, end));
      if (value === unreadable) {
        if (end === -1 || end > lineEnd) {
          isOneLineEach = true;
          end = lineEnd;
        }
        reject(record, text.slice(at, end), "not-json", into);
      } else read(value, toUtf8(record, text.slice(at, end)), into);
    }
    at = skipSeparators(text, end);
  }
}

/** The quick way for the usual record, an object a line; the same answer as cutting it by its braces. */
function readWholeLine(
  record: RecordText,
  at: number,
  lineEnd: number,
  { into, read }: { readonly into: Decoding; readonly read: ReadValue },
): boolean {
  let end = lineEnd;
  while (isSpace(record.text.charCodeAt(end - 1))) end--;
  if (record.text.charCodeAt(end - 1) !== closeBrace) return false;
  const raw = record.text.slice(at, end);
  // A text that is one line is parsed as it is: white space does no harm, a slice would be copied.
  const value = parse(record, at === 0 && lineEnd + 1 >= record.text.length ? record.text : raw);
  if (value === unreadable) return false;
  read(value, toUtf8(record, raw), into);
  return true;
}

/** What no JSON text means. */
const unreadable = Symbol("unreadable");

function parse(record: RecordText, raw: string): unknown {
  try {
    if (!record.isUtf8 && !isUtf8(Buffer.from(raw, "latin1"))) return unreadable;
    return JSON.parse(toUtf8(record, raw));
  } catch {
    return unreadable;
  }
}

/** A rejected part keeps the very bytes it came as. */
function reject(record: RecordText, raw: string, reason: keyof typeof details, into: Decoding): void {
  const bytes = record.isUtf8 ? undefined : Buffer.from(raw, "latin1");
  const exact = bytes === undefined || isUtf8(bytes) ? reason : "not-utf8";
  into.rejected.push({ reason: exact, detail: details[exact], raw: bytes ?? raw, count: 1 });
}

const details = {
  "not-json": "the text is not a JSON object",
  "not-utf8": "the bytes are not UTF-8",
  "not-a-metric": "the text is not a metric",
} as const;

function toUtf8(record: RecordText, raw: string): string {
  return record.isUtf8 ? raw : Buffer.from(raw, "latin1").toString("utf8");
}

/** White space, and what stands between the elements of an array. */
function skipSeparators(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSeparator(text.charCodeAt(at))) at++;
  return at;
}

const isSpace = (code: number): boolean => code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a;
const isSeparator = (code: number): boolean =>
  isSpace(code) || code === 0x2c || code === 0x5b || code === 0x5d;

/** A comma, a closing bracket or an opening brace. */
const isEndOfScalar = (code: number): boolean => code === 0x2c || code === 0x5d || code === openBrace;

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

function endOfScalar(text: string, from: number, lineEnd: number): number {
  let at = from + 1;
  while (at < lineEnd && !isEndOfScalar(text.charCodeAt(at))) at++;
  while (isSpace(text.charCodeAt(at - 1))) at--;
  return at;
}

/** Just past the brace that closes the object, or -1 where none does before `limit`. */
function endOfObject(text: string, from: number, limit: number): number {
  let depth = 0;
  let isInString = false;
  for (let at = from; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (isInString) {
      if (code === 0x22) isInString = false;
      else if (code === 0x5c && text.charCodeAt(at + 1) !== 0x0a) at++;
      else if (code === 0x0a) return -1; // RFC 8259, 7: a line never ends inside a string
    } else if (code === 0x22) isInString = true;
    else if (code === openBrace) depth++;
    else if (code === closeBrace && --depth === 0) return at + 1;
  }
  return -1;
}
