/** A rule that holds from outside, and the test that proves it. */
export interface Row {
  readonly rule: string;
  /** The file below `test/`, and the titles that lead to the test there; the last may be a row of its table. */
  readonly proof: readonly [file: string, ...titles: string[]];
}

export interface Section {
  readonly title: string;
  /** The page that says so, or the file of this repository that promises it. */
  readonly source: string;
  readonly rows: readonly Row[];
}

/** A rule and its proof. */
export const row = (rule: string, ...proof: Row["proof"]): Row => ({ rule, proof });
