import { isUtf8 } from "node:buffer";

import type { RecordText, Rejected } from "./format.ts";

/** Answers what a JSON value holds; `raw` is its text. */
export type ReadValue<Read> = (value: unknown, raw: string) => Read;

const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Reads the JSON objects of a record: one, several on lines, several run together, spread over lines, or the
 * elements of an array. What cannot be read is rejected alone: as an object where its braces close on its line,
 * else as a line. Linear in the length of the record.
 */
export function* readJsonObjects<Read>(
  record: RecordText,
  read: ReadValue<Read>,
): Generator<Read | Rejected> {
  const { text } = record;
  let at = skipSeparators(text, 0);
  let lineEnd = -1;
  let end = 0;
  // After one object that spans lines is broken, each further one has to end on its line: no text is read twice.
  let isOneLineEach = false;
  while (at < text.length) {
    const isNewLine = at >= lineEnd;
    if (isNewLine) lineEnd = endOfLine(text, at);
    const isObject = text.charCodeAt(at) === openBrace;
    const whole = isObject && isNewLine ? readWholeLine(record, { at, lineEnd }, read) : unreadable;
    const from = end;
    end = lineEnd;
    if (whole !== unreadable) yield whole;
    else if (isObject) {
      end = endOfObject(text, at, isOneLineEach ? lineEnd : text.length);
      const value = end === -1 ? unreadable : parse(record, text.slice(at, end));
      if (value === unreadable) {
        if (end === -1 || end > lineEnd) {
          isOneLineEach = true;
          end = lineEnd;
        }
        yield toRejected(record, text.slice(at, end), "not-json");
      } else yield read(value, toUtf8(record, text.slice(at, end)));
    } else {
      const stray = cutStray(text, { from, at, lineEnd });
      end = stray.end;
      yield toRejected(record, stray.raw, "not-a-metric");
    }
    at = skipSeparators(text, end);
  }
}

/** The quick way for the usual record, an object a line; the same answer as cutting it by its braces. */
function readWholeLine<Read>(
  record: RecordText,
  { at, lineEnd }: { readonly at: number; readonly lineEnd: number },
  read: ReadValue<Read>,
): Read | typeof unreadable {
  let end = lineEnd;
  while (isSpace(record.text.charCodeAt(end - 1))) end--;
  if (record.text.charCodeAt(end - 1) !== closeBrace) return unreadable;
  const raw = record.text.slice(at, end);
  // A text that is one line is parsed as it is: white space does no harm, a slice would be copied.
  const value = parse(record, at === 0 && lineEnd + 1 >= record.text.length ? record.text : raw);
  return value === unreadable ? unreadable : read(value, toUtf8(record, raw));
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
function toRejected(record: RecordText, raw: string, reason: keyof typeof details): Rejected {
  const bytes = record.isUtf8 ? undefined : Buffer.from(raw, "latin1");
  const exact = bytes === undefined || isUtf8(bytes) ? reason : "not-utf8";
  return { reason: exact, detail: details[exact], raw: bytes ?? raw, count: 1 };
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

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

/** Where an object may begin again, on the line of something else. */
const objectStart = /\{[\t ]*["}]/;

/** A number or a word as an element of an array, and what has to follow any element. */
const scalar = /^(?:-?\d[\d.eE+-]*|true|false|null)/;
const elementEnd = /^\s*(?:[,\]]|$)/;

/** How long the element is that a line starts with, or 0. Strings by hand: a pattern's stack would end in megabytes. */
function elementLength(line: string): number {
  const length = line.startsWith('"') ? stringLength(line) : (scalar.exec(line)?.[0].length ?? 0);
  return elementEnd.test(line.slice(length)) ? length : 0;
}

function stringLength(line: string): number {
  for (let at = 1; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code === 0x5c) at++;
  }
  return 0;
}

/** What is no object: an element of an array, or all that stands there until the line ends or an object begins. */
function cutStray(
  text: string,
  { from, at, lineEnd }: { readonly from: number; readonly at: number; readonly lineEnd: number },
): { readonly raw: string; readonly end: number } {
  const rest = text.slice(at, lineEnd);
  const between = text.slice(from, at);
  const separators = between.slice(between.lastIndexOf("\n") + 1);
  const length = /[[,]\s*$/.test(separators) ? elementLength(rest) : 0;
  if (length > 0) return { raw: rest.slice(0, length), end: at + length };
  const next = rest.search(objectStart);
  const raw = separators.trimStart() + (next === -1 ? rest : rest.slice(0, next));
  return { raw: raw.trimEnd(), end: next === -1 ? lineEnd : at + next };
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
