import type { ErrorRecord } from "../firehose/error-record.ts";
import { maxRecordBytes } from "../firehose/pack.ts";

/**
 * Reads one error record; members it does not know are left out, and those that are missing are empty. The example
 * that AWS prints is not valid JSON, since quotes inside its error message are bare: such a one is read as long as
 * there is no doubt about its data. Undefined for everything else.
 * Sources: https://docs.aws.amazon.com/firehose/latest/dev/retry.html#dd-retry-http and, with numbers as strings,
 * https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
 */
export function parseErrorRecord(text: string): ErrorRecord | undefined {
  const members = parseObject(text) ?? findMembers(text);
  const rawData = members["rawData"];
  if (typeof rawData !== "string" || !isBase64(rawData)) return undefined;
  return {
    attemptsMade: toNumber(members["attemptsMade"]),
    arrivalTimestamp: toNumber(members["arrivalTimestamp"]),
    errorCode: toText(members["errorCode"]),
    errorMessage: toText(members["errorMessage"]),
    attemptEndingTimestamp: toNumber(members["attemptEndingTimestamp"]),
    rawData,
    subsequenceNumber: toNumber(members["subsequenceNumber"]),
    dataId: toText(members["dataId"] ?? members["EventId"]),
  };
}

/** Whether the text is JSON, of whatever kind. */
export function isJson(text: string): boolean {
  return parseObject(text) !== undefined;
}

type Members = Readonly<Record<string, unknown>>;

function parseObject(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Members) : undefined;
  } catch {
    return undefined;
  }
}

/** The members of a text that is nearly JSON. What is there twice is none: nobody knows which is real. */
function findMembers(text: string): Members {
  if (!text.includes('"rawData"')) return {};
  const all = (name: string): string[] =>
    Array.from(
      text.matchAll(new RegExp(`"${name}"\\s*:\\s*(?:"([^"]*)"|(\\d+))`, "g")),
      ([, quoted, bare]) => quoted ?? bare ?? "",
    );
  const isWhole = text.trimEnd().endsWith("}") && all("attemptsMade").length <= 1;
  const [rawData, ...others] = all("rawData");
  return {
    attemptsMade: all("attemptsMade")[0],
    arrivalTimestamp: all("arrivalTimestamp")[0],
    errorCode: all("errorCode")[0],
    errorMessage: /"errorMessage"\s*:\s*"(.*?)"\s*,\s*"attemptEndingTimestamp"/s.exec(text)?.[1],
    attemptEndingTimestamp: all("attemptEndingTimestamp")[0],
    rawData: isWhole && others.length === 0 ? rawData : undefined,
    subsequenceNumber: all("subsequenceNumber")[0],
    dataId: all("dataId")[0],
  };
}

/** Base64 of what a record may hold: more would be refused together with the records put beside it. */
const isBase64 = (text: string): boolean =>
  text.length % 4 === 0 && text.length <= maxBase64 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);

const maxBase64 = Math.ceil(maxRecordBytes / 3) * 4;

const toText = (value: unknown): string => (typeof value === "string" ? value : "");

function toNumber(value: unknown): number {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : 0;
}
