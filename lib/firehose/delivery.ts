import { isObject } from "../formats/members.ts";

/** Source: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html, request format */
export const maxBodyBytes = 64 * 1024 * 1024;

/** One request of Firehose: records, each in base64. */
export interface FirehoseDelivery {
  readonly requestId: string;
  /** When Firehose made the request; undefined where it does not say. */
  readonly timestampMs: number | undefined;
  readonly records: readonly { readonly data: string }[];
}

/** Source: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html, request format */
const maxRecords = 10_000;
const maxDataLength = 1_365_336;

/** Reads the text of a delivery; a string says what is wrong with it. Never throws. */
export function readDelivery(text: Buffer, requestId: string): FirehoseDelivery | string {
  if (isOvergrown(text)) return "the body has more members than any delivery";
  const delivery = parse(text);
  if (!isObject(delivery)) return "the body is not a JSON object";
  if (delivery["requestId"] !== requestId) return "the request id in the body is not the one in the header";
  const records: unknown = delivery["records"];
  if (!Array.isArray(records) || !records.every(isRecord)) return "records is not a list of base64 data";
  if (records.length > maxRecords) return `there are more than ${maxRecords} records`;
  if (records.some(({ data }) => data.length > maxDataLength)) return "a record is over 1,000 KiB";
  const { timestamp } = delivery;
  return { requestId, timestampMs: isDate(timestamp) ? timestamp : undefined, records };
}

function isRecord(record: unknown): record is { readonly data: string } {
  return isObject(record) && typeof record["data"] === "string";
}

/** Before the year 10000, whose dates are written in another way. */
const isDate = (ms: unknown): ms is number =>
  Number.isSafeInteger(ms) && Number(ms) >= 0 && Number(ms) < 253_402_300_800_000;

/** Above this, a text is looked at before it is parsed: JSON of nothing but braces takes 30 times its size. */
const maxUncheckedBytes = 4 * 1024 * 1024;
const maxMarks = 2 * maxRecords;

/** Base64 has no braces, brackets or commas: a delivery has hardly more of them than records. */
function isOvergrown(text: Buffer): boolean {
  if (text.byteLength <= maxUncheckedBytes) return false;
  for (const mark of "{[,") {
    let marks = 0;
    for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + 1)) {
      if (++marks > maxMarks) return true;
    }
  }
  return false;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** The text of a record that is ASCII, as most are: the quickest way from base64; undefined for any other. */
export function asciiText(data: string): string | undefined {
  try {
    const text = atob(data);
    return /[\x80-\xff]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The bytes of a record; undefined where its text is no base64. */
export function recordBytes(data: string): Buffer | undefined {
  const bytes = Buffer.from(data, "base64");
  // Node leaves out what is no base64: then there are fewer bytes than the text is long for.
  const padding = data.endsWith("==") ? 2 : Number(data.endsWith("="));
  const characters = data.length - padding;
  // One character beyond a group of four makes no byte: whatever it is, its loss would not show.
  if (characters % 4 === 1) return undefined;
  return bytes.byteLength === Math.floor((characters * 3) / 4) ? bytes : undefined;
}
