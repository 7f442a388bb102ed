import { isUtf8 } from "node:buffer";

import type { RecordText } from "./format.ts";

/** A stretch of a record: a JSON value, or the text that is none and why. */
export type Piece =
  | { readonly kind: "value"; readonly value: unknown; readonly raw: string }
  | {
      readonly kind: "bad";
      readonly reason: "not-json" | "not-utf8" | "not-a-metric";
      readonly raw: string | Uint8Array;
    };

const openBrace = 0x7b;
const closeBrace = 0x7d;

/**
 * Cuts a record into its JSON objects: one, several on lines, several run together, spread over lines, or the
 * elements of an array. What cannot be read is cut off alone: as an object where its braces close on its line,
 * else as a line. Linear in the length of the record.
 */
export function jsonPieces(record: RecordText): Piece[] {
  const { text } = record;
  const pieces: Piece[] = [];
  let at = skipSeparators(text, 0);
  let lineEnd = -1;
  // After one object that spans lines is broken, each further one has to end on its line: no text is read twice.
  let isOneLineEach = false;
  while (at < text.length) {
    let end: number;
    if (at >= lineEnd) {
      lineEnd = endOfLine(text, at);
      const whole = readWholeLine(record, at, lineEnd);
      if (whole !== undefined) {
        pieces.push(whole);
        at = skipSeparators(text, lineEnd);
        continue;
      }
    }
    if (text.charCodeAt(at) === openBrace) {
      end = endOfObject(text, at, isOneLineEach ? lineEnd : text.length);
      let piece = end === -1 ? undefined : read(record, text.slice(at, end));
      if (piece === undefined || (piece.kind === "bad" && end > lineEnd)) {
        isOneLineEach = true;
        end = lineEnd;
        piece = bad(record, text.slice(at, end), "not-json");
      }
      pieces.push(piece);
    } else {
      end = endOfScalar(text, at, lineEnd);
      pieces.push(bad(record, text.slice(at, end), "not-a-metric"));
    }
    at = skipSeparators(text, end);
  }
  return pieces;
}

/** The quick way for the usual record, an object a line; the same answer as cutting it by its braces. */
function readWholeLine(record: RecordText, at: number, lineEnd: number): Piece | undefined {
  if (record.text.charCodeAt(at) !== openBrace) return undefined;
  let end = lineEnd;
  while (isSpace(record.text.charCodeAt(end - 1))) end--;
  if (record.text.charCodeAt(end - 1) !== closeBrace) return undefined;
  const piece = read(
    record,
    at === 0 && end === record.text.length ? record.text : record.text.slice(at, end),
  );
  return piece.kind === "value" ? piece : undefined;
}

function read(record: RecordText, raw: string): Piece {
  const text = record.isUtf8 ? raw : utf8(raw);
  if (text === undefined) return bad(record, raw, "not-utf8");
  try {
    return { kind: "value", value: JSON.parse(text) as unknown, raw: text };
  } catch {
    return bad(record, raw, "not-json");
  }
}

/** A bad piece keeps the very bytes it came as. */
function bad(record: RecordText, raw: string, reason: "not-json" | "not-utf8" | "not-a-metric"): Piece {
  if (record.isUtf8) return { kind: "bad", reason, raw };
  const bytes = Buffer.from(raw, "latin1");
  return { kind: "bad", reason: isUtf8(bytes) ? reason : "not-utf8", raw: bytes };
}

function utf8(latin1: string): string | undefined {
  const bytes = Buffer.from(latin1, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : undefined;
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
