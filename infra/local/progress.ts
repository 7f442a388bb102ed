import type { Progress } from "../../lib/github/round.ts";

/** How far collecting is: one line of a terminal, which is gone when it is cleared; nothing elsewhere. */
export interface ProgressLine {
  show(progress: Progress): void;
  clear(): void;
}

export function progressLine(stream: Pick<NodeJS.WriteStream, "isTTY" | "write">): ProgressLine {
  const write = (text: string): void => {
    if (stream.isTTY) stream.write(`\r\u001b[K${text}`);
  };
  return {
    show: ({ done, known }) => write(`collecting: ${done} of ${known} repositories are answered`),
    clear: () => write(""),
  };
}
