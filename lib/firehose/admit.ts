import type { Outlet } from "../destinations/destination.ts";
import { serviceName } from "../destinations/mackerel-name.ts";
import { isAuthorized } from "./access-key.ts";
import { readCommonAttributes, type CommonAttributes } from "./common-attributes.ts";
import type { Refusal } from "./refusal.ts";

export interface AdmissionParts {
  /** Keys that Firehose may present; without any, every delivery is refused. */
  readonly accessKeys: readonly string[];
  /** By path, such as `/datadog`; undefined where a known destination is not configured. */
  readonly outlets: Readonly<Record<string, Outlet | undefined>>;
  /** Opens `/service`: the outlet of the Mackerel account whose API key the access key is. */
  readonly passthrough?: ((apiKey: string, service: string) => Outlet) | undefined;
  /** Why nothing can be admitted for now: not even the access keys are known. */
  readonly problem?: string | undefined;
  /** By path: why a known destination has no outlet for now. */
  readonly problems?: Readonly<Record<string, string | undefined>>;
}

interface Caller {
  readonly requestId: string;
  readonly stream: string;
  readonly destination: string;
}

/** A delivery whose headers are in order. */
export interface Admission extends Caller {
  readonly outlet: Outlet;
  readonly attributes: CommonAttributes;
  readonly isPassthrough: boolean;
}

const passthroughPath = "/service";

/** Decides from the headers alone whether a body is worth reading. Never throws. */
export function admit(
  request: Request,
  parts: AdmissionParts,
): Admission | (Caller & { readonly refusal: Refusal }) {
  const { headers } = request;
  const path = new URL(request.url).pathname;
  const requestId = headers.get("x-amz-firehose-request-id") ?? "";
  const caller = { requestId, stream: streamOf(headers), destination: path.slice(1, 65) };
  const isPassthrough = path === passthroughPath && parts.passthrough !== undefined;
  const refuse = (refusal: Refusal): Caller & { readonly refusal: Refusal } => ({ ...caller, refusal });
  if (!isPassthrough && !Object.hasOwn(parts.outlets, path)) return refuse({ kind: "not-found" });
  if (request.method !== "POST") return refuse({ kind: "method-not-allowed" });
  if (parts.problem !== undefined) return refuse({ kind: "unavailable", detail: parts.problem });
  const accessKey = headers.get("x-amz-firehose-access-key");
  if (isPassthrough ? !accessKey : !isAuthorized(accessKey, parts.accessKeys))
    return refuse({ kind: "unauthorized" });
  const problem = headerProblem(headers);
  if (problem !== undefined) return refuse({ kind: "malformed", detail: problem });
  const attributes = readCommonAttributes(headers.get("x-amz-firehose-common-attributes"));
  if (typeof attributes === "string") return refuse({ kind: "malformed", detail: attributes });
  if (!isPassthrough) {
    const outlet = parts.outlets[path];
    if (outlet !== undefined) return { ...caller, outlet, attributes, isPassthrough };
    const detail = parts.problems?.[path] ?? `The destination ${caller.destination} is not configured.`;
    return refuse({ kind: "unavailable", detail });
  }
  const { service } = attributes;
  if (service === undefined || !serviceName.test(service)) {
    return refuse({ kind: "malformed", detail: "the common attribute service must name a Mackerel service" });
  }
  const outlet = parts.passthrough?.(accessKey ?? "", service);
  return outlet ? { ...caller, outlet, attributes, isPassthrough } : refuse({ kind: "not-found" });
}

function headerProblem(headers: Headers): string | undefined {
  const version = headers.get("x-amz-firehose-protocol-version") ?? "1.0";
  const encoding = headers.get("content-encoding") ?? "identity";
  if (!headers.get("x-amz-firehose-request-id")) return "X-Amz-Firehose-Request-Id is missing";
  if (version !== "1.0") return "X-Amz-Firehose-Protocol-Version must be 1.0";
  return /^(?:gzip|identity)$/i.test(encoding) ? undefined : "Content-Encoding must be gzip or absent";
}

/** The stream's name, safe as part of a key; Firehose's own rule: https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html */
function streamOf(headers: Headers): string {
  const name = /:deliverystream\/([a-zA-Z0-9_.-]{1,64})$/.exec(
    headers.get("x-amz-firehose-source-arn") ?? "",
  )?.[1];
  return name === undefined || /^\.+$/.test(name) ? "unknown-stream" : name;
}
