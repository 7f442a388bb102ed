/** The first and the last of numbers that follow one another. */
export type Run = readonly [first: number, last: number];

/** A set of whole numbers that come nearly in order, small as long as they do. */
export class IndexSet {
  readonly #runs: [number, number][];
  #size = 0;

  constructor(runs: readonly Run[] = []) {
    this.#runs = [];
    for (const [first, last] of runs) for (let index = first; index <= last; index++) this.add(index);
  }

  get size(): number {
    return this.#size;
  }

  /** In order, and never two that touch. */
  get runs(): readonly Run[] {
    return this.#runs;
  }

  has(index: number): boolean {
    const run = this.#runs[this.#before(index)];
    return run !== undefined && index <= run[1];
  }

  add(index: number): void {
    if (this.has(index)) return;
    this.#size += 1;
    const at = this.#before(index);
    const [before, after] = [this.#runs[at], this.#runs[at + 1]];
    const isNext = before?.[1] === index - 1;
    const isPrevious = after?.[0] === index + 1;
    if (isNext) before[1] = isPrevious ? after[1] : index;
    else if (isPrevious) after[0] = index;
    else this.#runs.splice(at + 1, 0, [index, index]);
    if (isNext && isPrevious) this.#runs.splice(at + 1, 1);
  }

  /** The position of the last run that begins at or before the index; -1 where there is none. */
  #before(index: number): number {
    let [low, high] = [-1, this.#runs.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#runs[middle]?.[0] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
