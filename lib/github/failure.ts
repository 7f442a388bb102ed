import type { SignIn } from "../config/github.ts";
import type { Answer } from "./answer.ts";

/** What errors of Octokit tell. Source: https://github.com/octokit/request-error.js */
interface HttpError extends Error {
  readonly status: number;
  readonly request?: { readonly url: string };
  readonly response?: {
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly data?: unknown;
  };
}

/**
 * What a request that was not answered with 200 means.
 * @throws the error itself where it is nothing that GitHub or the network made.
 */
export function readFailure(error: unknown, signIn: SignIn): Answer {
  if (!isHttpError(error)) throw error;
  const { status, message, response } = error;
  if (isLimit(error))
    return {
      kind: "over",
      reason: `GitHub's rate limit holds${untilOf(response?.headers)}: ${firstLine(message)}`,
    };
  if (status >= 500) {
    const told = response === undefined ? firstLine(message) : `it answered ${status}`;
    return { kind: "too-heavy", reason: told };
  }
  return {
    kind: "over",
    reason: `GitHub answered ${status} ${firstLine(message)}${adviceFor(error, signIn)}`,
  };
}

function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && "status" in error;
}

function isLimit({ status, message, response }: HttpError): boolean {
  if (status === 429) return true;
  const isUsedUp = response?.headers["x-ratelimit-remaining"] === "0";
  return status === 403 && (isUsedUp || /rate limit|abuse/i.test(message));
}

function untilOf(headers: Readonly<Record<string, string | undefined>> = {}): string {
  const {
    "x-ratelimit-reset": resetSeconds,
    "x-ratelimit-remaining": remaining,
    "retry-after": afterSeconds,
  } = headers;
  if (afterSeconds !== undefined) return ` (it asks to wait ${afterSeconds} s)`;
  if (remaining !== "0" || resetSeconds === undefined) return "";
  return ` (until ${new Date(Number(resetSeconds) * 1000).toISOString()})`;
}

function adviceFor({ status, request }: HttpError, signIn: SignIn): string {
  if (signIn.kind === "token") {
    if (status === 401) return ": GITHUB_TOKEN is wrong, revoked or expired";
    return status === 404 ? ": GITHUB_API_URL leads to no GraphQL API" : "";
  }
  if (request?.url.includes("/access_tokens") && status === 404) {
    return ": the App has no installation GITHUB_APP_INSTALLATION_ID";
  }
  return status === 401 ? ": GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY do not belong together" : "";
}

const maxShownLength = 300;

const firstLine = (message: string): string => (message.split("\n")[0] ?? "").slice(0, maxShownLength);
