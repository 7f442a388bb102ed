import type { Clock } from "../../lib/clock.ts";
import type { HttpResponse, OutgoingRequest, Send } from "../../lib/send.ts";
import type { Fault } from "./faults.ts";
import { sentPoints } from "./request-bodies.ts";

export interface MemoryServiceOptions {
  readonly clock: Clock;
  /** Names that make a request a 400. */
  readonly refuses?: (name: string) => boolean;
  /** A request of more points is a 413. */
  readonly maxPoints?: number;
  /** The trouble of each request in order of arrival, or by a rule. */
  readonly faults?: readonly (Fault | undefined)[] | ((index: number) => Fault | undefined);
}

export interface SeenRequest {
  readonly path: string;
  readonly names: readonly string[];
  readonly startMs: number;
  /** Undefined as long as there is no answer, or where there was none. */
  status?: number;
}

/** A monitoring service in this process: Datadog or Mackerel, told by the address. Checks each body as strictly. */
export class MemoryService {
  readonly requests: SeenRequest[] = [];
  /** `name second`, of everything that was taken in. */
  readonly stored: string[] = [];
  /** The most requests that were open at a time. */
  mostOpen = 0;
  readonly #options: MemoryServiceOptions;
  #open = 0;

  constructor(options: MemoryServiceOptions) {
    this.#options = options;
  }

  readonly send: Send = async (request, signal) => {
    this.mostOpen = Math.max(this.mostOpen, ++this.#open);
    try {
      return await this.#answer(request, signal);
    } finally {
      this.#open--;
    }
  };

  async #answer(request: OutgoingRequest, signal: AbortSignal): Promise<HttpResponse> {
    const { clock, faults } = this.#options;
    const points = sentPoints(request);
    const names = points.map(({ name }) => name);
    const seen: SeenRequest = { path: new URL(request.url).pathname, names, startMs: clock.nowMs() };
    const index = this.requests.push(seen) - 1;
    const fault = typeof faults === "function" ? faults(index) : faults?.[index];
    if (fault?.kind === "slow") await clock.sleep(fault.ms, signal);
    const answer = this.#judge(names);
    const isTroubled = fault !== undefined && fault.kind !== "slow";
    if (answer.status < 300 && (!isTroubled || fault.when === "after")) {
      for (const { name, time } of points) this.stored.push(`${name} ${time}`);
    }
    const response = isTroubled ? await perform(fault, signal) : answer;
    seen.status = response.status;
    return response;
  }

  #judge(names: readonly string[]): HttpResponse {
    const { maxPoints = Infinity, refuses = () => false } = this.#options;
    if (names.length > maxPoints) return answerOf(413, `{"error":"too large"}`);
    return names.some(refuses) ? answerOf(400, `{"error":"bad name"}`) : answerOf(200, "{}");
  }
}

function answerOf(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, body, headers };
}

/** As `fetch` rejects and answers. */
async function perform(fault: Fault, signal: AbortSignal): Promise<HttpResponse> {
  switch (fault.kind) {
    case "status":
      return answerOf(fault.status, fault.body ?? "", fault.headers);
    case "wrong-body":
      return answerOf(200, "<html>Sign in</html>");
    case "hang":
      return hang(signal);
    case "reset":
    case "truncated":
    case "slow":
      throw new Error("read ECONNRESET");
    default:
      return fault satisfies never;
  }
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  });
}
