import { randomUUID } from "node:crypto";

/** Sources: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html and CommonErrors.html there */
const statuses = {
  InternalFailure: 500,
  InvalidArgumentException: 400,
  ResourceNotFoundException: 400,
  SerializationException: 400,
  ServiceUnavailableException: 503,
  UnknownOperationException: 400,
  ValidationException: 400,
} as const;

/** An error that AWS clients know by its type. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly type: keyof typeof statuses;

  constructor(type: keyof typeof statuses, message: string) {
    super(message);
    this.type = type;
  }

  get status(): number {
    return statuses[this.type];
  }
}

/** A request's body as an object. @throws AwsError */
export function parseInput(body: Uint8Array): Record<string, unknown> {
  try {
    return asObject(JSON.parse(new TextDecoder().decode(body)), "The request body");
  } catch (error) {
    throw error instanceof AwsError
      ? error
      : new AwsError("SerializationException", "The request body is not JSON.");
  }
}

/** @throws AwsError */
export function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AwsError("SerializationException", `${what} must be an object.`);
  }
  return value as Record<string, unknown>;
}

/** An answer in AWS JSON 1.1. */
export function awsReply(output: unknown): Response {
  return jsonReply(200, output);
}

export function awsErrorReply({ type, status, message }: AwsError): Response {
  return jsonReply(status, { __type: type, message });
}

function jsonReply(status: number, output: unknown): Response {
  const headers = { "Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": randomUUID() };
  return new Response(JSON.stringify(output), { status, headers });
}
