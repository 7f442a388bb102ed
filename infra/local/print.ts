import { styleText } from "node:util";

/** Where a command says things: answers on standard output, remarks and errors on standard error. */
export interface Print {
  out(line: string): void;
  err(line: string): void;
  /** Styled where standard output is a terminal that shows it; plain elsewhere and with `NO_COLOR`. */
  style(format: Style, text: string): string;
}

type Style = "bold" | "dim" | "green" | "red" | "yellow";

export function printTo(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Print {
  return {
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
    style: (format, text) => styleText(format, text, { stream: stdout }),
  };
}

/** Text from outside, made safe for a terminal: control characters are written out. */
export function visible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Lines in which the cells of a column begin at one place; all cells are made visible. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map(visible));
  const widths: number[] = [];
  for (const row of shown) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return shown.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** `1.2 s`. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** `1 point`, `2 points`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
