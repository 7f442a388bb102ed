import type { Clock } from "../../lib/clock.ts";
import type { Progress } from "../../lib/github/round.ts";
import type { Terminal } from "./terminal-line.ts";

/** A tick that is over sooner needs no progress. */
const quietMs = 5_000;

/** How far a long tick is, in a line now and then for whoever watches a terminal; a log gets none. */
export class CollectProgress {
  readonly #clock: Clock;
  readonly #terminal: Terminal;
  #toldMs = 0;

  constructor(clock: Clock, terminal: Terminal) {
    this.#clock = clock;
    this.#terminal = terminal;
  }

  begin(): void {
    this.#toldMs = this.#clock.nowMs();
  }

  show({ done, known }: Progress): void {
    if (!this.#terminal.isTTY || this.#clock.nowMs() - this.#toldMs < quietMs) return;
    this.#toldMs = this.#clock.nowMs();
    this.#terminal.write(`collector: ${done} of ${known} repositories are answered\n`);
  }
}
