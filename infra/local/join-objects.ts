/** A line of input, or the lines over which a JSON object spreads. */
export interface InputPart {
  /** Of its first line, from 1. */
  readonly line: number;
  readonly bytes: Uint8Array;
}

/** More is held for no object: where a brace is missing, its lines are read one by one. */
export const maxHeldBytes = 4 * 1024 * 1024;

/** Joins the lines of each JSON object that spreads over several; every other line stays alone. */
export async function* joinObjects(lines: AsyncIterable<Uint8Array>): AsyncGenerator<InputPart> {
  let held: InputPart[] = [];
  let heldBytes = 0;
  let depth: number | undefined = 0;
  let line = 0;
  for await (const bytes of lines) {
    line += 1;
    held.push({ line, bytes });
    heldBytes += bytes.byteLength;
    depth = held.length > 1 || beginsObject(bytes) ? depthAfter(bytes, depth) : 0;
    if (depth !== undefined && depth > 0 && heldBytes <= maxHeldBytes) continue;
    yield* depth === 0 ? [joined(held)] : held;
    [held, heldBytes, depth] = [[], 0, 0];
  }
  yield* held;
}

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const lineEnd = Buffer.from("\n");
const byteOrderMark = Buffer.from("\ufeff");
/** White space, and what stands between the elements of an array. */
const separators: ReadonlySet<number> = new Set(Buffer.from(" \t\r,[]"));

function joined(parts: readonly InputPart[]): InputPart {
  const [first = { line: 0, bytes: lineEnd }] = parts;
  if (parts.length === 1) return first;
  const bytes = Buffer.concat(parts.flatMap((part) => [part.bytes, lineEnd]));
  return { line: first.line, bytes: bytes.subarray(0, -1) };
}

function beginsObject(line: Uint8Array): boolean {
  let at = byteOrderMark.every((byte, index) => line[index] === byte) ? byteOrderMark.length : 0;
  while (separators.has(line[at] ?? openBrace)) at++;
  return line[at] === openBrace;
}

/** How many objects are open where a line ends; undefined inside a string, in which no line of JSON ends. */
function depthAfter(line: Uint8Array, before = 0): number | undefined {
  let depth = before;
  let isInString = false;
  for (let at = 0; at < line.length; at++) {
    const byte = line[at];
    if (isInString) {
      if (byte === quote) isInString = false;
      else if (byte === backslash) at++;
    } else if (byte === quote) isInString = depth > 0;
    else if (byte === openBrace) depth++;
    else if (byte === closeBrace) depth = Math.max(0, depth - 1);
  }
  return isInString ? undefined : depth;
}
