/**
 * Whether a body is what an API answers: JSON that `isGood`, or nothing at all. A maintenance page with status 200
 * is not.
 */
export function hasJsonBody(
  body: string,
  isGood: (members: Readonly<Record<string, unknown>>) => boolean,
): boolean {
  if (body.trim() === "") return true;
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null && isGood(value as Record<string, unknown>);
  } catch {
    return false;
  }
}

/** The start of a service's error message for a person to read: one line, without the keys of the request. */
export function errorText(body: string, headers: Readonly<Record<string, string>>): string {
  let text = body.slice(0, 2_000);
  for (const [name, value] of Object.entries(headers)) {
    if (/-key$/i.test(name) && value !== "") text = text.replaceAll(value, "***");
  }
  return text.replaceAll(/[\s\p{Cc}]+/gu, " ").slice(0, 300);
}
