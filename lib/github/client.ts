import { createAppAuth } from "@octokit/auth-app";
import { retry } from "@octokit/plugin-retry";
import { throttling, type ThrottlingOptions } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import type { Clock } from "../clock.ts";
import type { GitHubConfig } from "../config/github.ts";
import { limitsAsRefusals } from "./limits-as-refusals.ts";
import type { Fetch } from "./send-in-time.ts";

export interface ClientParts {
  readonly config: Pick<GitHubConfig, "signIn" | "apiUrl">;
  readonly clock: Clock;
  /** `sendInTime`, since Octokit itself waits for an answer as long as it takes. */
  readonly fetch: Fetch;
  /** The unit of the waits between tries after 5xx and network errors. */
  readonly retryUnitMs?: number;
}

export type Client = InstanceType<typeof Octokit>;

/** Longer than GitHub's own wait for a secondary limit that names none, a minute; a primary one may last an hour. */
const longestWaitMs = 120_000;
const maxWaits = 2;

/** What fails again is asked in smaller parts. */
const retries = 1;

/** The plugin's own list, and the 429 of a rate limit. */
const doNotRetry = [400, 401, 403, 404, 410, 422, 429, 451];

const silent = (): void => undefined;

/** An Octokit that signs in, waits out short rate limits and tries again after faults; it logs nothing. */
export function createClient({ config, clock, fetch, retryUnitMs = 1_000 }: ClientParts): Client {
  return new (Octokit.plugin(retry, throttling))({
    ...authOf(config),
    baseUrl: config.apiUrl,
    userAgent: "hydrant",
    log: { debug: silent, info: silent, warn: silent, error: silent },
    request: { fetch: limitsAsRefusals(fetch) },
    retry: { retries, retryAfterBaseValue: retryUnitMs, doNotRetry },
    throttle: throttleOf(clock),
  });
}

/**
 * Gets an App its token, which is kept for an hour. Octokit would get it in the middle of a request: one that fails
 * would be tried again for each try of that request, and would know nothing of its signal. It has options of its own,
 * since the plugins count tries in them: in those that the client shares they count on, and waits grow to minutes.
 */
export async function signInAsApp(client: Client, signal: AbortSignal): Promise<void> {
  const type = "installation";
  const factory = (options: AppOptions): Promise<unknown> => {
    const { request } = options;
    const send = (route: string, given: object): unknown => request(route, { ...given, request: { signal } });
    return createAppAuth({ ...options, request: Object.assign(send, request) })({ type });
  };
  await client.auth({ type, factory });
}

type AppOptions = Parameters<typeof createAppAuth>[0] & { readonly request: Client["request"] };

function authOf({ signIn }: Pick<GitHubConfig, "signIn">): object {
  if (signIn.kind === "token") return { auth: signIn.token };
  const { appId, privateKey, installationId } = signIn;
  return { authStrategy: createAppAuth, auth: { appId, privateKey, installationId } };
}

/**
 * The plugin finds out that a limit was met and how long it lasts, and sends again; the wait in between is by the
 * clock and ends with the request's signal, so the plugin itself waits for none.
 */
function throttleOf(clock: Clock): ThrottlingOptions {
  const onLimit: LimitHandler = async (seconds, { request }, _octokit, waits) => {
    if (waits >= maxWaits || seconds * 1000 > longestWaitMs) return false;
    const { signal } = request as { readonly signal?: AbortSignal };
    return clock.sleep(seconds * 1000, signal ?? new AbortController().signal).then(
      () => true,
      () => false,
    );
  };
  return {
    onRateLimit: onLimit,
    onSecondaryRateLimit: onLimit,
    retryAfterBaseValue: 0,
    write: atOnce as unknown as NonNullable<ThrottlingOptions["write"]>,
  };
}

/** The plugin's types hide that it waits for the answer, and sends again where that is true. */
type LimitHandler = (
  seconds: number,
  options: { readonly request: object },
  octokit: unknown,
  waits: number,
) => unknown;

/** The plugin takes every POST for a write, of which it sends one a second. GraphQL queries are POSTs that read. */
const atOnce = { key: () => ({ schedule: (_options: object, task: () => Promise<void>) => task() }) };
