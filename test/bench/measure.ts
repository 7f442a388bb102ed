/** One line of the report: what was measured, beside what it is compared to. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same on the floor: the least any program could do. */
  readonly floor?: number;
  /** What is aimed at, in the unit of the ratio to the floor where there is one, else of the value. */
  readonly aim?: string;
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

/** Runs both in turn, so that whatever else the machine does slows both. */
export async function inTurn(
  rounds: number,
  one: () => Promise<number>,
  other: () => Promise<number>,
): Promise<[number, number]> {
  const [ones, others]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ones.push(await one());
    others.push(await other());
  }
  // The first fifth warms up.
  const from = Math.floor(rounds / 5);
  return [median(ones.slice(from)), median(others.slice(from))];
}
