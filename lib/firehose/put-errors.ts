/**
 * Names under which AWS services throttle.
 * Source: https://github.com/smithy-lang/smithy-typescript, service-error-classification/constants.ts
 */
const throttlingNames =
  /throttl|TooManyRequests|RequestLimitExceeded|LimitExceededException|SlowDown|PriorRequestNotComplete|ProvisionedThroughputExceeded|BandwidthLimitExceeded/i;

const networkCodes =
  /^(ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;

/** Says of a call that failed as a whole whether trying again cannot help: a wrong stream, permission or request. */
export function isPermanent(error: unknown): boolean {
  const { name, code, status } = factsOf(error);
  if (throttlingNames.test(name)) return false;
  if (status !== undefined && status >= 400) return status < 500 && status !== 408 && status !== 429;
  return status === undefined && name !== "TimeoutError" && !networkCodes.test(code);
}

/** True where nothing listens at the address of a call. */
export function isNobodyListening(error: unknown): boolean {
  return factsOf(error).code === "ECONNREFUSED";
}

/** What failed in one line: `ResourceNotFoundException: Firehose x not found`. */
export function reasonOf(error: unknown): string {
  const { name, code, message } = factsOf(error);
  const [firstLine = ""] = message.split("\n");
  const kind = code === "" ? name : code;
  return firstLine === "" || firstLine.startsWith(kind) ? firstLine || kind : `${kind}: ${firstLine}`;
}

interface Facts {
  readonly name: string;
  readonly message: string;
  /** Of the network, such as ECONNRESET; else empty. */
  readonly code: string;
  readonly status?: number | undefined;
}

/** Reads what errors of the AWS SDK and of Node have in common. */
function factsOf(error: unknown): Facts {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), code: "" };
  const { name, message } = error;
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  return { name, message, code: typeof code === "string" ? code : "", status: $metadata?.httpStatusCode };
}
