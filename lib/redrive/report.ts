import type { ErrorRecord } from "../firehose/error-record.ts";
import type { BackupFolder } from "./selection.ts";
import type { Look } from "./window.ts";

export interface Amount {
  readonly records: number;
  readonly points: number;
}

/** What became of the records of one folder and error code. */
export interface CodeReport {
  readonly folder: BackupFolder;
  readonly errorCode: string;
  readonly put: Amount;
  /** Not put back, since the destination would drop all their points in silence by now. */
  readonly outside: Amount;
}

/** Where in an object, inflated, there is something that is no error record. */
export interface Unreadable {
  readonly key: string;
  readonly offsetBytes: number;
}

/**
 * How a run over a stream ended. `failing`: not begun, since the stream is still failing. `held`: not begun, since
 * another run is at work. `stopped`: the time was up. `failed`: `problem` says why.
 */
export type Ending = "done" | "failing" | "held" | "stopped" | "failed";

/** What a run did to a stream; of a dry run, what it would have done. */
export interface StreamReport {
  readonly stream: string;
  readonly ending: Ending;
  readonly problem?: string | undefined;
  /** Objects that were there to look at, and those of them that are in `redriven/` now. */
  readonly objects: number;
  readonly moved: number;
  readonly put: Amount;
  readonly outside: Amount;
  /** Points that were put back in one record with others, and that the endpoint will keep in `expired/`. */
  readonly outsideInPut: number;
  /** Records in the objects that are not meant. */
  readonly unselected: number;
  readonly unreadable: number;
  /** The first of them. */
  readonly unreadableAt: readonly Unreadable[];
  readonly codes: readonly CodeReport[];
}

/** A record as it is counted. */
export interface Counted {
  readonly folder: BackupFolder;
  readonly record: Pick<ErrorRecord, "errorCode">;
  readonly look: Look;
}

const maxShown = 100;

/** Counts what a run does. */
export class Tally {
  readonly stream: string;
  objects = 0;
  moved = 0;
  unselected = 0;
  readonly #codes = new Map<string, { put: Amount; outside: Amount }>();
  #outsideInPut = 0;
  #unreadable = 0;
  readonly #unreadableAt: Unreadable[] = [];

  constructor(stream: string) {
    this.stream = stream;
  }

  get putRecords(): number {
    return this.#sum("put").records;
  }

  put({ folder, record, look }: Counted): void {
    this.#add("put", `${folder} ${record.errorCode}`, look.points);
    this.#outsideInPut += look.outside;
  }

  outside({ folder, record, look }: Counted): void {
    this.#add("outside", `${folder} ${record.errorCode}`, look.points);
  }

  unreadable(at: Unreadable): void {
    this.#unreadable += 1;
    if (this.#unreadableAt.length < maxShown) this.#unreadableAt.push(at);
  }

  report(ending: Ending, problem?: string): StreamReport {
    const codes = [...this.#codes].map(([key, amounts]) => {
      const [folder = "", errorCode = ""] = key.split(/ (.*)/s);
      return { folder: folder as BackupFolder, errorCode, ...amounts };
    });
    const { stream, objects, moved, unselected } = this;
    return {
      stream,
      ending,
      problem,
      objects,
      moved,
      put: this.#sum("put"),
      outside: this.#sum("outside"),
      outsideInPut: this.#outsideInPut,
      unselected,
      unreadable: this.#unreadable,
      unreadableAt: this.#unreadableAt,
      codes,
    };
  }

  #add(what: "put" | "outside", key: string, points: number): void {
    const amounts = this.#codes.get(key) ?? { put: none, outside: none };
    const before = amounts[what];
    this.#codes.set(key, {
      ...amounts,
      [what]: { records: before.records + 1, points: before.points + points },
    });
  }

  #sum(what: "put" | "outside"): Amount {
    let [records, points] = [0, 0];
    for (const amounts of this.#codes.values()) {
      records += amounts[what].records;
      points += amounts[what].points;
    }
    return { records, points };
  }
}

const none: Amount = { records: 0, points: 0 };
