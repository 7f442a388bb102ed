import type { ListKind } from "./open.ts";
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
  /** Reviewers that the sign-in may not read come as null, and cost nothing else. */
  | { readonly kind: "fine"; readonly hidesReviewers: boolean }
  /** GitHub finds nothing under the alias. */
  | { readonly kind: "absent" }
  /** Asking again will not help. */
  | ({ readonly kind: "refused" } & Refusal)
  | { readonly kind: "again"; readonly reason: string };

/** What the sign-in may not read, in GitHub's words, and the lists that these are about. */
export interface Refusal {
  readonly message: string;
  readonly lists: readonly ListKind[];
}

export function judgeErrors(errors: readonly GraphqlError[]): Verdict {
  const forbidden = errors.filter(({ type }) => type === "FORBIDDEN");
  const refused = forbidden.filter((error) => !isOfReviewer(error));
  if (refused[0]) return { kind: "refused", message: refused[0].message, lists: listsOf(refused) };
  if (errors.some(isAbsence)) return { kind: "absent" };
  const other = errors.find((error) => !isOfReviewer(error) || error.type === "RESOURCE_LIMITS_EXCEEDED");
  if (other) return { kind: "again", reason: other.message };
  return { kind: "fine", hidesReviewers: forbidden.length > 0 };
}

const isOfReviewer = ({ path }: GraphqlError): boolean => path?.includes("requestedReviewer") ?? false;

/** Of the alias itself: what is gone deeper down is not there any more when it is asked for again. */
const isAbsence = ({ type, path }: GraphqlError): boolean => type === "NOT_FOUND" && path?.length === 1;

function listsOf(errors: readonly GraphqlError[]): readonly ListKind[] {
  return (["pullRequests", "issues"] as const).filter((list) =>
    errors.some(({ path }) => path?.includes(list)),
  );
}

const permissionOf: Readonly<Record<ListKind, string>> = {
  pullRequests: "Pull requests: read",
  issues: "Issues: read",
};

/** Why something is not read, with the permissions that it takes. */
export function refusalReason({ message, lists }: Refusal): string {
  const permissions = lists.map((list) => permissionOf[list]).join(" and ");
  switch (lists.length) {
    case 0:
      return `${message} (the permissions needed are Metadata, Pull requests and Issues: read)`;
    case 1:
      return `${message} (the permission ${permissions} is missing)`;
    default:
      return `${message} (the permissions ${permissions} are missing)`;
  }
}
