/** Times from here on are milliseconds: as seconds they would lie after the year 5138, as milliseconds after 1973. */
const firstMillisecondTime = 1e11;

/** The last moment a JavaScript date can hold (ECMA-262, 21.4.1.1). */
const lastMs = 8.64e15;

/** What the product of seconds and 1,000 may be short of the milliseconds that were meant. */
const inexactMs = 0.001;

/** Reads epoch seconds (fractions allowed) or milliseconds; undefined where it is no time. */
export function timestampMsOf(time: unknown): number | undefined {
  if (typeof time !== "number" || !(time >= 0)) return undefined;
  const timestampMs = time < firstMillisecondTime ? Math.floor(time * 1000 + inexactMs) : Math.floor(time);
  return timestampMs <= lastMs ? timestampMs : undefined;
}
