import type { GraphqlError } from "./answer.ts";
import type { Fetch } from "./send-in-time.ts";

/**
 * Sends, and gives a limit that GitHub tells in a 200 of its GraphQL API the status 403 that it has elsewhere: as
 * that the throttling plugin knows it, at any address, and waits for it.
 * Source: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
export function limitsAsRefusals(send: Fetch): Fetch {
  return async (url, options) => {
    const response = await send(url, options);
    if (response.status !== 200) return response;
    const text = await response.text();
    const limit = limitIn(text);
    return limit ? refusalOf(limit, response.headers) : new Response(readable(text), response);
  };
}

/** The plugin looks for errors in any JSON, and breaks where it is `null`. */
const readable = (text: string): string => (text.trim() === "null" ? "{}" : text);

function limitIn(text: string): GraphqlError | undefined {
  if (!text.includes('"errors"')) return undefined;
  try {
    const { errors } = JSON.parse(text) as { readonly errors?: readonly GraphqlError[] };
    return errors?.find(isLimit);
  } catch {
    return undefined;
  }
}

/** The type is documented with an ending that it has lost since: https://github.com/yanyongyu/githubkit/issues/271 */
const isLimit = ({ type, message }: GraphqlError): boolean =>
  /^RATE_LIMIT(?:ED)?$/.test(type ?? "") || secondary.test(message);

const secondary = /\bsecondary rate\b/i;

/**
 * A limit that says when it is reset is a primary one. For any other the plugin waits as long as `retry-after` says,
 * or else a minute, as GitHub asks for; that it is such a one it knows from the words.
 */
function refusalOf({ message }: GraphqlError, given: Headers): Response {
  const headers = new Headers(given);
  const isSecondary = secondary.test(message);
  const isPrimary = !isSecondary && headers.has("x-ratelimit-reset") && !headers.has("retry-after");
  if (isPrimary) headers.set("x-ratelimit-remaining", "0");
  const told = isPrimary || isSecondary ? message : `${message} (taken for a secondary rate limit)`;
  return Response.json({ message: told }, { status: 403, headers });
}
