import { abortAfter, type Clock } from "../clock.ts";
import type { HttpResponse, OutgoingRequest } from "../send.ts";
import { messageOf } from "../message-of.ts";
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
  /** How many times in a row the service asked for a pause. */
  #pauses = 0;

  constructor(outlet: Outlet, deadline: Deadline) {
    this.#outlet = outlet;
    this.#deadline = deadline;
  }

  /** Whether a rate limit lasts beyond the deadline. */
  get isHeldBack(): boolean {
    return this.#pausedUntilMs >= this.#deadline.untilMs;
  }

  /** Resolves when no rate limit holds requests back, with why not where that is not in time; never rejects. */
  async waitForPause(): Promise<string | undefined> {
    const { clock, signal } = this.#deadline;
    try {
      for (;;) {
        if (this.isHeldBack) return "the rate limit lasts longer than this delivery may";
        const waitMs = this.#pausedUntilMs - clock.nowMs();
        if (waitMs <= 0) return undefined;
        await clock.sleep(waitMs, signal);
      }
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Resolves with what the answer means, with `retry` where there is none, and with its words; never rejects. */
  async request(route: Route, request: OutgoingRequest): Promise<{ verdict: Verdict; detail: () => string }> {
    const { name } = this.#outlet.destination;
    try {
      const response = await this.#sendInTime(request);
      const verdict = route.judge(response);
      if (verdict === "throttled") this.#pause(response.headers);
      else this.#pauses = 0;
      const { status, body } = response;
      return { verdict, detail: () => `${name} answered ${status}: ${errorText(body, request)}` };
    } catch (error) {
      return {
        verdict: "retry",
        detail: () => `${name} gave no answer: ${errorText(messageOf(error), request)}`,
      };
    }
  }

  #pause(headers: HttpResponse["headers"]): void {
    const nowMs = this.#deadline.clock.nowMs();
    // Requests that were open together meet the same limit: they count as one.
    if (nowMs >= this.#pausedUntilMs || this.#pauses === 0) this.#pauses++;
    const backoffMs = 1000 * 2 ** Math.min(this.#pauses - 1, 5);
    // A wait of none, too, is replaced: else a service that asks for none would be asked on end.
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, nowMs + (retryAfterMs(headers, nowMs) || backoffMs));
  }

  async #sendInTime(request: OutgoingRequest): Promise<HttpResponse> {
    const { clock, signal } = this.#deadline;
    signal.throwIfAborted();
    using timeout = abortAfter(clock, requestTimeoutMs, `none within ${requestTimeoutMs / 1000} seconds`);
    return await this.#outlet.send(request, AbortSignal.any([signal, timeout.signal]));
  }
}
