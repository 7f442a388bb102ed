import { InvalidArgumentError } from "commander";

import { decimal } from "../../lib/formats/mackerel.ts";
import { timestampMsOf } from "../../lib/formats/metric-time.ts";

/** A command that cannot be carried out as it was given; its message says what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Reads a finite number. */
export function readValue(text: string): number {
  const value = Number(text);
  if (decimal.test(text) && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("It must be a finite number.");
}

const isoTime = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?$/;

/** Reads epoch seconds, epoch milliseconds or ISO 8601 as epoch milliseconds. */
export function readTimeMs(text: string): number {
  const time = decimal.test(text) ? timestampMsOf(Number(text)) : Date.parse(isoTime.test(text) ? text : "");
  if (time !== undefined && !Number.isNaN(time)) return time;
  throw new InvalidArgumentError("It must be epoch seconds, milliseconds or ISO 8601: 2026-01-31T12:00:00Z.");
}

/** Reads a whole number of seconds, at least 1. */
export function readSeconds(text: string): number {
  const seconds = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(seconds) && seconds > 0) return seconds;
  throw new InvalidArgumentError("It must be a whole number of seconds.");
}

/** Reads one more `key:value`. */
export function readTag(text: string, earlier: readonly string[]): readonly string[] {
  if (/^[^:]+:./s.test(text)) return [...earlier, text];
  throw new InvalidArgumentError("It must be KEY:VALUE.");
}

/** Reads an http or https URL. */
export function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return text;
  throw new InvalidArgumentError("It must be a URL that begins with http:// or https://.");
}

/** Source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html, DeliveryStreamName */
const streamName = /^[a-zA-Z0-9_.-]{1,64}$/;

/** Reads the name of one more stream. */
export function readStream(text: string, earlier: readonly string[]): readonly string[] {
  if (streamName.test(text)) return [...earlier, text];
  throw new InvalidArgumentError("A stream's name is 1-64 letters, digits, _, . or -.");
}

export interface StreamUrl {
  readonly stream: string;
  readonly url: string;
}

/** Reads one more `NAME=URL`. */
export function readStreamUrl(text: string, earlier: readonly StreamUrl[]): readonly StreamUrl[] {
  const [stream, url] = cut(text, "=");
  if (!streamName.test(stream) || url === undefined) throw new InvalidArgumentError("It must be NAME=URL.");
  if (earlier.some((each) => each.stream === stream))
    throw new InvalidArgumentError(`${stream} has two URLs.`);
  return [...earlier, { stream, url: readUrl(url) }];
}

export interface StreamKey {
  readonly stream: string;
  readonly accessKey: string;
}

/** Reads one more `NAME=KEY`; the key never shows in an error. */
export function readStreamKey(text: string, earlier: readonly StreamKey[]): readonly StreamKey[] {
  const [stream, accessKey] = cut(text, "=");
  if (streamName.test(stream) && accessKey !== undefined && /^[\x21-\x7e]{1,4096}$/.test(accessKey)) {
    return [...earlier, { stream, accessKey }];
  }
  throw new UsageError("--access-key must be NAME=KEY, the key of printable ASCII without spaces");
}

export interface StreamAttribute {
  readonly stream: string;
  readonly key: string;
  readonly value: string;
}

/**
 * Reads one more `NAME:KEY=VALUE`.
 * Source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_HttpEndpointCommonAttribute.html
 */
export function readAttribute(text: string, earlier: readonly StreamAttribute[]): readonly StreamAttribute[] {
  const [stream, rest = ""] = cut(text, ":");
  const [key, value] = cut(rest, "=");
  const isAttribute = key.length >= 1 && key.length <= 256 && value !== undefined && value.length <= 1024;
  if (streamName.test(stream) && isAttribute) return [...earlier, { stream, key, value }];
  throw new InvalidArgumentError(
    "It must be NAME:KEY=VALUE, KEY of 1-256 and VALUE of up to 1,024 characters.",
  );
}

/** The text before and after the first separator; nothing after where there is none. */
function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
