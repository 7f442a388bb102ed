import { abortAfter, type Clock } from "../clock.ts";

export type Fetch = (url: string, options: FetchOptions) => Promise<Response>;

/** What Octokit passes on. */
export type FetchOptions = RequestInit & { readonly signal?: AbortSignal | null };

/** GitHub itself ends a query after 10 s. */
const answerMs = 30_000;

/**
 * Sends within bounds: an answer that is not there as a whole in time is an error, and where the caller's signal
 * ended it, an `AbortError`, which Octokit does not try again.
 */
export function sendInTime(send: Fetch, clock: Clock): Fetch {
  return async (url, options) => {
    using timeout = abortAfter(clock, answerMs, `no answer within ${answerMs / 1000} seconds`);
    const signal = options.signal ? AbortSignal.any([options.signal, timeout.signal]) : timeout.signal;
    try {
      const response = await send(url, { ...options, signal });
      const body = hasBody(response) ? await response.arrayBuffer() : null;
      return new Response(body, { status: response.status, headers: response.headers });
    } catch (error) {
      if (options.signal?.aborted) throw new DOMException("the caller ended it", "AbortError");
      throw error;
    }
  };
}

/** A `Response` of these may be given none. Source: https://fetch.spec.whatwg.org/#null-body-status */
const hasBody = ({ status }: Response): boolean => ![101, 103, 204, 205, 304].includes(status);
