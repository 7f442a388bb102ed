/** Times from here on are milliseconds: as seconds they would lie after the year 5138, as milliseconds after 1973. */
const firstMillisecondTime = 1e11;

/** The last moment a JavaScript date can hold (ECMA-262, 21.4.1.1). */
const lastMs = 8.64e15;

/** Reads epoch seconds (fractions allowed) or milliseconds; undefined where it is no time. */
export function timestampMsOf(time: unknown): number | undefined {
  if (typeof time !== "number" || !(time >= 0)) return undefined;
  const timestampMs = time < firstMillisecondTime ? Math.round(time * 1000) : Math.round(time);
  return timestampMs <= lastMs ? timestampMs : undefined;
}
