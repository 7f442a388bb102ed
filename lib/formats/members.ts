/** What members of a JSON object may be, for every format of JSON. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isTags(tags: unknown): tags is readonly string[] {
  return Array.isArray(tags) && tags.every((tag) => typeof tag === "string" && tag !== "");
}

/** An empty text is none. */
export function isTextOrAbsent(text: unknown): text is string | null | undefined {
  return text === undefined || text === null || typeof text === "string";
}

/** Whole seconds. */
export function isIntervalOrAbsent(interval: unknown): interval is number | null | undefined {
  return (
    interval === undefined ||
    interval === null ||
    (Number.isSafeInteger(interval) && (interval as number) > 0)
  );
}
