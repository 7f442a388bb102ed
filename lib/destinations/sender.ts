import { abortAfter, type Clock } from "../clock.ts";
import type { HttpResponse, OutgoingRequest } from "../send.ts";
import type { Outlet, Route, Verdict } from "./destination.ts";
import { errorText } from "./response-body.ts";
import { retryAfterMs } from "./retry-after.ts";

/** As Mackerel's own client waits. Source: https://github.com/mackerelio/mackerel-client-go, mackerel.go */
const requestTimeoutMs = 30_000;

/** How long a delivery may go on sending: both say the same. */
interface Deadline {
  readonly clock: Clock;
  readonly untilMs: number;
  readonly signal: AbortSignal;
}

/** Sends requests of one delivery; a rate limit that one request meets holds all of them back. */
export class Sender {
  readonly #outlet: Outlet;
  readonly #deadline: Deadline;
  #pausedUntilMs = 0;

  constructor(outlet: Outlet, deadline: Deadline) {
    this.#outlet = outlet;
    this.#deadline = deadline;
  }

  /** Resolves with the first answer that is no 429, or with `retry` where there is none in time; never rejects. */
  async request(route: Route, request: OutgoingRequest): Promise<{ verdict: Verdict; detail: string }> {
    const { name } = this.#outlet.destination;
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#waitForPause();
        const response = await this.#sendInTime(request);
        const verdict = route.judge(response);
        const detail = `${name} answered ${response.status}: ${errorText(response.body, request.headers)}`;
        if (verdict !== "throttled") return { verdict, detail };
        this.#pause(response.headers, attempt);
        if (this.#pausedUntilMs >= this.#deadline.untilMs) return { verdict: "retry", detail };
      } catch (error) {
        return { verdict: "retry", detail: `${name} gave no answer: ${reasonOf(error)}` };
      }
    }
  }

  #pause(headers: HttpResponse["headers"], attempt: number): void {
    const nowMs = this.#deadline.clock.nowMs();
    const waitMs = retryAfterMs(headers, nowMs) ?? 1000 * 2 ** Math.min(attempt, 5);
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + waitMs);
  }

  async #waitForPause(): Promise<void> {
    const { clock, untilMs, signal } = this.#deadline;
    if (this.#pausedUntilMs >= untilMs) throw new Error("its rate limit lasts longer than this delivery may");
    for (;;) {
      const waitMs = this.#pausedUntilMs - clock.nowMs();
      if (waitMs <= 0) return;
      await clock.sleep(waitMs, signal);
    }
  }

  async #sendInTime(request: OutgoingRequest): Promise<HttpResponse> {
    const { clock, signal } = this.#deadline;
    signal.throwIfAborted();
    using timeout = abortAfter(clock, requestTimeoutMs, `none within ${requestTimeoutMs / 1000} seconds`);
    return await this.#outlet.send(request, AbortSignal.any([signal, timeout.signal]));
  }
}

/** The cause is what a bare `fetch failed` hides; neither holds a header or a body. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
