import { lineBytes, lineOf, maxRecordBytes, type Line } from "../../lib/firehose/pack.ts";
import { decodeRecord } from "../../lib/formats/decode-record.ts";
import type { Rejected } from "../../lib/formats/format.ts";
import { recognise } from "../../lib/formats/index.ts";
import { isGzip } from "../../lib/gunzip.ts";
import { UsageError } from "./arguments.ts";

/** What a part of the input comes to: lines to put, and what of it cannot be. */
export interface InputLine {
  readonly lines: readonly Line[];
  readonly rejected: readonly Pick<Rejected, "reason" | "detail">[];
}

const carriageReturn = 0x0d;
const lineEnd = 0x0a;

/**
 * Checks a line of any format the endpoint reads, or a JSON object over several. A good one is put as it came; of one
 * that is bad in part, or too long for a record, the good points are written as lines of Hydrant's own form.
 */
export function readInputLine(input: Uint8Array): InputLine {
  const bytes = input.at(-1) === carriageReturn ? input.subarray(0, -1) : input;
  const text = new TextDecoder().decode(bytes);
  if (/^[\s[\],]*$/.test(text)) return { lines: [], rejected: [] }; // blank, or the frame of an array
  const { points, rejected } = decodeRecord(bytes);
  if (points.length === 0) return { lines: [], rejected };
  const line = { text, format: recognise(text).name, points };
  if (rejected.length === 0 && lineBytes(line) <= maxRecordBytes) return { lines: [line], rejected };
  const lines = points.map(lineOf);
  const tooLarge = lines.filter((each) => lineBytes(each) > maxRecordBytes);
  return {
    lines: lines.filter((each) => lineBytes(each) <= maxRecordBytes),
    rejected: [
      ...rejected,
      ...tooLarge.map(() => ({ reason: "too-large" as const, detail: "a record cannot hold the point" })),
    ],
  };
}

/**
 * Cuts input into lines, as bytes.
 * @throws UsageError where the input is gzip, which has no lines.
 */
export async function* cutLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array[] = [];
  let isStart = true;
  for await (const chunk of input) {
    if (isStart && isGzip(chunk)) throw new UsageError("the input is gzip: pipe it through gunzip -c");
    isStart = false;
    let from = 0;
    for (let end = chunk.indexOf(lineEnd); end !== -1; end = chunk.indexOf(lineEnd, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, end)]);
      rest = [];
      from = end + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield Buffer.concat(rest);
}
