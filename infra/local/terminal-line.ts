export type Terminal = Pick<NodeJS.WriteStream, "isTTY" | "write">;

/** One line of a terminal that is written over again and again, and gone once it is cleared; nothing elsewhere. */
export function terminalLine(stream: Terminal): { write(text: string): void; clear(): void } {
  const write = (text: string): void => {
    if (stream.isTTY) stream.write(`\r\u001b[K${text}`);
  };
  return { write, clear: () => write("") };
}
