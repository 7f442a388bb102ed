import type { Maybe } from "./nodes.ts";

/** What came of one query. */
export type Answer =
  | {
      readonly kind: "answered";
      /** By alias. */
      readonly values: Readonly<Record<string, unknown>>;
      readonly errors: ReadonlyMap<string, readonly GraphqlError[]>;
      readonly cost: number;
    }
  /** Less in a query may help: a time-out, a limit on nodes or resources, a fault of GitHub's or of the network. */
  | { readonly kind: "too-heavy"; readonly reason: string }
  /** The sign-in may not read teams: asked without them, the query goes through. */
  | { readonly kind: "teams-unreadable" }
  /** Nothing more will be answered during this tick. */
  | { readonly kind: "over"; readonly reason: string };

export interface GraphqlError {
  readonly type?: Maybe<string>;
  readonly message: string;
  readonly path?: Maybe<readonly (string | number)[]>;
}

interface Body {
  readonly data?: Maybe<Readonly<Record<string, unknown>>>;
  readonly errors?: Maybe<readonly GraphqlError[]>;
}

/**
 * Reads the body of a 200, where GitHub tells most of its trouble.
 * Source: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
export function readAnswer(body: unknown): Answer {
  if (typeof body !== "object" || body === null) {
    return { kind: "too-heavy", reason: "its answer was cut short or is not of the GraphQL API" };
  }
  const { data, errors } = body as Body;
  const trouble = (errors ?? []).map(readTrouble).find((answer) => answer !== undefined);
  if (trouble) return trouble;
  if (!data) return { kind: "too-heavy", reason: "it answered nothing" };
  const { rateLimit, ...values } = data;
  const { cost } = (rateLimit ?? { cost: 0 }) as { readonly cost: number };
  return { kind: "answered", values, errors: byAlias(errors ?? []), cost };
}

/** Of an error that is not about a single alias. */
function readTrouble({ type, message, path }: GraphqlError): Answer | undefined {
  if (type === "RATE_LIMITED" || /\bsecondary rate limit\b/i.test(message)) {
    return { kind: "over", reason: `GitHub's rate limit holds: ${message}` };
  }
  if (type === "INSUFFICIENT_SCOPES") {
    return /read:(?:org|discussion)/.test(message)
      ? { kind: "teams-unreadable" }
      : { kind: "over", reason: `GitHub refused the query: ${message}` };
  }
  return path?.length ? undefined : { kind: "too-heavy", reason: message };
}

function byAlias(errors: readonly GraphqlError[]): Map<string, readonly GraphqlError[]> {
  const found = new Map<string, GraphqlError[]>();
  for (const error of errors) {
    const alias = String(error.path?.[0]);
    found.set(alias, [...(found.get(alias) ?? []), error]);
  }
  return found;
}

/** What the errors of one alias mean for the question under it. */
export type Verdict =
  | { readonly kind: "fine" }
  /** Asking again will not help. */
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "again"; readonly reason: string };

/** A reviewer that the sign-in may not read costs nothing else: it comes as null. */
export function judgeErrors(errors: readonly GraphqlError[]): Verdict {
  for (const { type, message, path } of errors) {
    if (path?.includes("requestedReviewer")) continue;
    if (type === "NOT_FOUND") return { kind: "refused", reason: notFound };
    if (type === "FORBIDDEN") return { kind: "refused", reason: `${message} ${permissionFor(path ?? [])}` };
    return { kind: "again", reason: message };
  }
  return { kind: "fine" };
}

const notFound =
  "GitHub finds no such repository: it is misspelt or gone, or the sign-in may not see it " +
  "(a fine-grained token must select it, with Metadata: read; an App must be installed on it)";

function permissionFor(path: readonly (string | number)[]): string {
  if (path.includes("pullRequests")) return "(the permission Pull requests: read is missing)";
  if (path.includes("issues")) return "(the permission Issues: read is missing)";
  return "(the permissions needed are Metadata, Pull requests and Issues: read)";
}
