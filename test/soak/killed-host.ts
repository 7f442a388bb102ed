import { setTimeout as wait } from "node:timers/promises";

import { spawnHydrant, startHostProcess, type HostProcess } from "../support/host.ts";
import { until } from "../support/until.ts";
import type { Phase } from "./schedule.ts";

/** `hydrant up` in a process of its own, killed now and then. */
export class KilledHost implements AsyncDisposable {
  readonly #env: Readonly<Record<string, string>>;
  #process: HostProcess | undefined;
  kills = 0;

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  /** Undefined while it is down. */
  get url(): string | undefined {
    return this.#process?.url;
  }

  async start(): Promise<void> {
    this.#process = await startHostProcess([], this.#env);
  }

  /** Kills it at the start of each phase that says so, until there is no phase any more. */
  async killOn(phaseNow: () => Phase | undefined, tell: (line: string) => void): Promise<void> {
    for (let last: Phase | undefined; ;) {
      const phase = phaseNow();
      if (phase === undefined) return;
      if (phase !== last) {
        tell(`phase: ${phase.name}`);
        if (phase.isKill) await this.#kill();
      }
      last = phase;
      await until(() => phaseNow() !== phase, "the next phase", 600_000);
    }
  }

  /** Resolves when no record waits on disk. */
  async drained(patienceMs: number): Promise<void> {
    const endMs = performance.now() + patienceMs;
    for (;;) {
      const waiting = await this.#waitingRecords();
      if (waiting === 0) return;
      if (performance.now() > endMs) throw new Error(`${waiting} records wait after ${patienceMs} ms`);
      await wait(100);
    }
  }

  /** Runs the command, which refuses by itself so soon after a failure. */
  async redrive(): Promise<void> {
    const env = { ...this.#env, HYDRANT_PORT: new URL(this.url ?? "").port };
    await using command = spawnHydrant(["redrive", "--force"], env);
    if ((await command.ended) !== 0) throw new Error(`redrive failed: ${command.err.join("\n")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
  }

  async #waitingRecords(): Promise<number> {
    const response = await fetch(`${this.url}/healthz`);
    return ((await response.json()) as { readonly waitingRecords: number }).waitingRecords;
  }

  async #kill(): Promise<void> {
    const killed = this.#process;
    this.#process = undefined;
    killed?.child.kill("SIGKILL");
    await killed?.ended;
    this.kills++;
    await this.start();
  }
}
