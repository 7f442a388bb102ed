import { maxCallBytes, maxCallRecords, maxRecordBytes } from "../../lib/firehose/pack.ts";
import { AwsError, asObject } from "./aws-json.ts";

type Input = Readonly<Record<string, unknown>>;

/** @throws AwsError */
export function readStreamName(input: Input): string {
  const name = input["DeliveryStreamName"] ?? undefined;
  if (name === undefined) throw invalid("deliveryStreamName", "Member must not be null");
  if (typeof name !== "string") throw wrongType("DeliveryStreamName", "a string");
  if (!/^[a-zA-Z0-9_.-]{1,64}$/.test(name)) {
    throw invalid("deliveryStreamName", "Member must be 1-64 characters of the pattern [a-zA-Z0-9_.-]+");
  }
  return name;
}

/** The bytes of `PutRecord`'s record. @throws AwsError */
export function readRecord(input: Input): Uint8Array {
  return bytesOf(input["Record"], "record");
}

/** The bytes of `PutRecordBatch`'s records. @throws AwsError */
export function readRecords(input: Input): Uint8Array[] {
  const records = input["Records"] ?? undefined;
  if (records === undefined) throw invalid("records", "Member must not be null");
  if (!Array.isArray(records)) throw wrongType("Records", "a list");
  if (records.length < 1 || records.length > maxCallRecords) {
    throw invalid("records", `Member must have length from 1 to ${maxCallRecords}; it has ${records.length}`);
  }
  const all = records.map((record: unknown, at) => bytesOf(record, `records.${at + 1}.member`));
  if (all.reduce((sum, { length }) => sum + length, 0) > maxCallBytes) throw tooLargeCall();
  return all;
}

export const tooLargeCall = (): AwsError =>
  new AwsError("InvalidArgumentException", "Records size exceeds 4 MB limit. Put fewer records in a call.");

/** A whole number in range, or the default. @throws AwsError */
export function readLimit(input: Input, otherwise: number): number {
  const limit = input["Limit"] ?? otherwise;
  if (typeof limit !== "number") throw wrongType("Limit", "a number");
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000) {
    throw invalid("limit", "Member must be a whole number from 1 to 10000");
  }
  return limit;
}

/** Source: https://docs.aws.amazon.com/firehose/latest/APIReference/API_ListDeliveryStreams.html */
const streamTypes = ["DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"];

/** What a stream takes its records from, where that is asked. @throws AwsError */
export function readStreamType(input: Input): string | undefined {
  const type = readOptional(input, "DeliveryStreamType");
  if (type === undefined || streamTypes.includes(type)) return type;
  throw invalid("deliveryStreamType", `Member must satisfy enum value set: [${streamTypes.join(", ")}]`);
}

/** A string, where there is one. @throws AwsError */
export function readOptional(input: Input, member: string): string | undefined {
  const text = input[member] ?? undefined;
  if (text !== undefined && typeof text !== "string") throw wrongType(member, "a string");
  return text;
}

function bytesOf(record: unknown, where: string): Uint8Array {
  if (record === undefined || record === null) throw invalid(where, "Member must not be null");
  const base64 = asObject(record, where)["Data"] ?? undefined;
  if (base64 === undefined) throw invalid(`${where}.data`, "Member must not be null");
  if (typeof base64 !== "string") throw wrongType(`${where}.data`, "a string");
  const bytes = Buffer.from(base64, "base64");
  // Buffer skips what is not base64 in silence.
  if (bytes.toString("base64") !== base64) throw wrongType(`${where}.data`, "base64 with its padding");
  if (bytes.length > maxRecordBytes) {
    throw invalid(`${where}.data`, `Member must have length less than or equal to ${maxRecordBytes}`);
  }
  return bytes;
}

const invalid = (where: string, constraint: string): AwsError =>
  new AwsError(
    "ValidationException",
    `1 validation error detected: Value at '${where}' failed to satisfy constraint: ${constraint}`,
  );

const wrongType = (where: string, what: string): AwsError =>
  new AwsError("SerializationException", `${where} must be ${what}.`);
