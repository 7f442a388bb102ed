import { Option } from "commander";

import type { Print } from "./print.ts";

/** What every command is given besides its words. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: Print;
  readonly done: (exitCode: number) => void;
}

export const exitCodes = `
Exit codes: 0 all is well, 1 something failed or was rejected, 2 wrong usage or configuration.`;

/** npm writes what it runs on standard output, unless it is told to be silent. */
export const jsonOption = (): Option =>
  new Option("--json", "output for programs; through npm: npm -s run hydrant -- ...");

/** An option that may be given any number of times. */
export function repeatable<T>(
  flags: string,
  description: string,
  read: (text: string, earlier: T) => T,
): Option {
  return new Option(flags, `${description}; may be given again`).argParser(read).default([], "none");
}
