import type { Clock } from "../../lib/clock.ts";
import type { RedriveProgress } from "../../lib/redrive/redrive.ts";
import { progressText } from "./redrive-text.ts";
import { terminalLine, type Terminal } from "./terminal-line.ts";

const shownEveryMs = 200;

/** How far redriving is: told now and then, and gone once it is disposed of. */
export function redriveProgress(
  terminal: Terminal,
  clock: Clock,
): Disposable & { show(progress: RedriveProgress): void } {
  const line = terminalLine(terminal);
  const startMs = clock.nowMs();
  let shownMs = startMs;
  return {
    show(progress) {
      const nowMs = clock.nowMs();
      if (nowMs - shownMs < shownEveryMs) return;
      shownMs = nowMs;
      line.write(progressText(progress, nowMs - startMs));
    },
    [Symbol.dispose]: () => line.clear(),
  };
}
