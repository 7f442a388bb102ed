import { isUtf8 } from "node:buffer";

import type { MetricPoint } from "../point.ts";
import type { Part, RecordFormat, WhyRejected } from "./format.ts";
import { timestampMsOf } from "./metric-time.ts";

/**
 * What Mackerel's plugins print and `mkr throw` reads: `name<TAB or spaces>value<TAB or spaces>epoch`, one a line.
 * Source: https://mackerel.io/docs/entry/advanced/custom-metrics
 */
export const mackerelText: RecordFormat = {
  name: "mackerel",
  *decode({ text, isUtf8: isText }) {
    for (let at = 0, end = 0; at < text.length; at = end + 1) {
      end = text.indexOf("\n", at);
      if (end === -1) end = text.length;
      const line = text.slice(at, text[end - 1] === "\r" ? end - 1 : end);
      if (!/^[\t ]*$/.test(line)) yield readLine(line, isText);
    }
  },
};

function readLine(line: string, isText: boolean): Part {
  const bytes = isText ? undefined : Buffer.from(line, "latin1");
  const read = bytes === undefined || isUtf8(bytes) ? toPoint(bytes?.toString("utf8") ?? line) : notUtf8;
  return "reason" in read ? { ...read, raw: bytes ?? line, count: 1 } : read;
}

/** `Number` alone would take hexadecimal, blanks and "Infinity" too. Linear: no digit can be matched in two ways. */
export const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

const notUtf8: WhyRejected = { reason: "not-utf8", detail: "the bytes are not UTF-8" };
const noTags: readonly string[] = [];

const threeFields = /^[\t ]*([^\t ]+)[\t ]+([^\t ]+)[\t ]+([^\t ]+)[\t ]*$/;

function toPoint(line: string): MetricPoint | WhyRejected {
  const [, name, value, time] = threeFields.exec(line) ?? [];
  if (name === undefined || value === undefined || time === undefined) {
    return { reason: "not-a-metric", detail: "the line is not `name value time`" };
  }
  if (!decimal.test(value) || !Number.isFinite(Number(value))) {
    return { reason: "invalid-value", detail: "the second field must be a finite number" };
  }
  const timestampMs = decimal.test(time) ? timestampMsOf(Number(time)) : undefined;
  if (timestampMs === undefined)
    return { reason: "invalid-time", detail: "the third field must be epoch seconds" };
  return { name, value: Number(value), timestampMs, type: "gauge", tags: noTags, source: line };
}
