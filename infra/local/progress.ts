import type { Progress } from "../../lib/github/round.ts";
import { terminalLine, type Terminal } from "./terminal-line.ts";

/** How far collecting is. */
export interface ProgressLine {
  show(progress: Progress): void;
  clear(): void;
}

export function progressLine(stream: Terminal): ProgressLine {
  const line = terminalLine(stream);
  return {
    show: ({ done, known }) => line.write(`collecting: ${done} of ${known} repositories are answered`),
    clear: () => line.clear(),
  };
}
