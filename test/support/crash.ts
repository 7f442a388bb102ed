import { Readable } from "node:stream";

import type { FirehoseSender } from "../../lib/firehose/producer.ts";
import type { Store } from "../../lib/store/store.ts";

/** At which of its steps a process dies, counted from 1: before the step has any effect, or before it hears of it. */
export interface Crash {
  readonly at: number;
  readonly when: "before" | "after";
}

interface Doors {
  readonly store: Store;
  readonly client: FirehoseSender;
}

const dead = (): Error => new Error("the process is dead");

/** The same doors for a process that dies; from then on nothing goes through them. */
export function crashing({ store, client }: Doors, { at, when }: Crash): Doors & { steps(): number } {
  let steps = 0;
  const step = async <T>(act: () => Promise<T>): Promise<T> => {
    const isLast = ++steps === at;
    if (steps > at || (isLast && when === "before")) throw dead();
    const answer = await act();
    if (isLast) {
      if (answer instanceof Readable) answer.destroy(); // what an end of the process does
      throw dead();
    }
    return answer;
  };
  async function* stepwise<T>(things: AsyncIterable<T>): AsyncGenerator<T> {
    const iterator = things[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await step(() => iterator.next());
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
      if (things instanceof Readable) things.destroy(); // an iterator that was never used leaves it open
    }
  }
  return {
    steps: () => steps,
    client: { send: (command, options) => step(() => client.send(command, options)) },
    store: {
      list: (prefix) => stepwise(store.list(prefix)),
      async read(key) {
        const bytes = await step(() => store.read(key));
        return bytes && stepwise(bytes);
      },
      readText: (key) => step(() => store.readText(key)),
      write: (key, text) => step(() => store.write(key, text)),
      create: (key, text) => step(() => store.create(key, text)),
      move: (object, to) => step(() => store.move(object, to)),
      remove: (key) => step(() => store.remove(key)),
    },
  };
}
