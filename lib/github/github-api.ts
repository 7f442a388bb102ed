import type { SignIn } from "../config/github.ts";
import { readAnswer, type Answer } from "./answer.ts";
import { createClient, signInAsApp, type Client, type ClientParts } from "./client.ts";
import { readFailure } from "./failure.ts";

/** An answer, and the points that the rate limit has left by then; undefined where there is no limit. */
export type LimitedAnswer = Answer & { readonly remaining?: number | undefined };

/** GitHub's GraphQL API for one who is signed in. */
export class GitHubApi {
  readonly client: Client;
  readonly #graphqlUrl: string;
  readonly #signIn: SignIn;

  constructor(parts: ClientParts) {
    this.client = createClient(parts);
    this.#graphqlUrl = graphqlUrlOf(parts.config.apiUrl);
    this.#signIn = parts.config.signIn;
  }

  /** Asks one query; never rejects for trouble with GitHub, the network or the time. */
  async query(query: string, signal: AbortSignal): Promise<LimitedAnswer> {
    if (signal.aborted) return outOfTime(signal);
    try {
      if (this.#signIn.kind === "app") await signInAsApp(this.client, signal);
      const { data, headers } = await this.#post(query, signal);
      return { ...readAnswer(data), remaining: remainingOf(headers) };
    } catch (error) {
      if (signal.aborted) return outOfTime(signal);
      const { headers = {} } = (error as Partial<ErrorWithResponse>).response ?? {};
      return { ...readFailure(error, this.#signIn), remaining: remainingOf(headers) };
    }
  }

  #post(query: string, signal: AbortSignal): Promise<{ data: unknown; headers: Headers }> {
    return this.client.request({
      method: "POST",
      url: this.#graphqlUrl,
      query,
      request: { signal },
    }) as Promise<{ data: unknown; headers: Headers }>;
  }
}

type Headers = Readonly<Record<string, string | undefined>>;

interface ErrorWithResponse {
  readonly response: { readonly headers: Headers };
}

/** Source: https://docs.github.com/en/enterprise-server@latest/graphql/guides/managing-enterprise-accounts */
function graphqlUrlOf(apiUrl: string): string {
  return apiUrl.endsWith("/api/v3") ? apiUrl.replace(/\/v3$/, "/graphql") : "/graphql";
}

function outOfTime(signal: AbortSignal): Answer {
  const { reason } = signal as { readonly reason: unknown };
  return { kind: "over", reason: reason instanceof Error ? reason.message : "it was stopped" };
}

/** Each API of GitHub's has a limit of its own. */
function remainingOf(headers: Headers): number | undefined {
  const { "x-ratelimit-remaining": remaining, "x-ratelimit-resource": resource = "graphql" } = headers;
  return remaining === undefined || resource !== "graphql" ? undefined : Number(remaining);
}
