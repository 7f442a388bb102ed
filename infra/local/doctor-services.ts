import type { Clock } from "../../lib/clock.ts";
import type { Config } from "../../lib/config.ts";
import { sendInTime, type Fetch } from "../../lib/github/send-in-time.ts";
import { fail, none, ok, type Finding } from "./finding.ts";

interface ServiceParts {
  readonly clock: Clock;
  readonly fetch: Fetch;
}

/** Source: https://docs.datadoghq.com/api/latest/authentication/#validate-api-key */
export async function checkDatadog({ datadog }: Config, parts: ServiceParts): Promise<Finding> {
  const subject = "Datadog";
  if (datadog === undefined) return none(subject, "not configured: set DATADOG_API_KEY (and DATADOG_SITE)");
  const { apiUrl, apiKey, site } = datadog;
  const answer = await get(`${apiUrl}/api/v1/validate`, { "dd-api-key": apiKey }, parts);
  if (answer.kind === "none") return fail(subject, `${apiUrl} does not answer: ${answer.reason}`);
  if (answer.status === 200) return ok(subject, `the key is valid at ${site}`);
  if (answer.status === 401 || answer.status === 403) {
    return fail(
      subject,
      `${site} does not know the key: check DATADOG_API_KEY, and DATADOG_SITE for its region`,
    );
  }
  return fail(subject, `${apiUrl} answered ${answer.status}`);
}

/** Sources: https://mackerel.io/api-docs/#auth, https://mackerel.io/api-docs/entry/services#list */
export async function checkMackerel({ mackerel }: Config, parts: ServiceParts): Promise<Finding> {
  const subject = "Mackerel";
  if (mackerel === undefined)
    return none(subject, "not configured: set MACKEREL_API_KEY and MACKEREL_SERVICE");
  const { apiUrl, apiKey, services } = mackerel;
  const answer = await get(`${apiUrl}/api/v0/services`, { "x-api-key": apiKey }, parts);
  if (answer.kind === "none") return fail(subject, `${apiUrl} does not answer: ${answer.reason}`);
  if (answer.status === 401 || answer.status === 403) {
    return fail(subject, "it does not take the key: check MACKEREL_API_KEY");
  }
  const existing = answer.status === 200 ? serviceNames(answer.body) : undefined;
  if (existing === undefined) return fail(subject, `${apiUrl} answered ${answer.status}, and no services`);
  const missing = services.filter((service) => !existing.includes(service));
  if (missing.length === 0)
    return ok(subject, `the key is valid, and there is the service ${services.join(", ")}`);
  return fail(
    subject,
    `there is no service ${missing.join(", ")}: make it at Mackerel, or set MACKEREL_SERVICE (there is ${existing.join(", ") || "none"})`,
  );
}

function serviceNames(body: string): string[] | undefined {
  try {
    const { services } = JSON.parse(body) as { readonly services: readonly { readonly name: string }[] };
    return services.map(({ name }) => name);
  } catch {
    return undefined;
  }
}

type Got =
  | { readonly kind: "answer"; readonly status: number; readonly body: string }
  | { readonly kind: "none"; readonly reason: string };

/** A redirect is an answer: following one would carry the key along. */
async function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  { fetch: send, clock }: ServiceParts,
): Promise<Got> {
  try {
    const response = await sendInTime(send, clock)(url, { headers, redirect: "manual" });
    return { kind: "answer", status: response.status, body: await response.text() };
  } catch (error) {
    return { kind: "none", reason: reasonOf(error) };
  }
}

/** The cause is what a bare `fetch failed` hides. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { code } = (error.cause ?? {}) as { readonly code?: unknown };
  return error.cause instanceof Error ? error.cause.message || String(code) : error.message;
}
