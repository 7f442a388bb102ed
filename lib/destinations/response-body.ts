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

/** The start of an error message for a person to read: one line, without the keys of the request. */
export function errorText(message: string, headers: Readonly<Record<string, string>>): string {
  let text = message;
  for (const [name, value] of Object.entries(headers)) {
    if (!/-key$/i.test(name) || value === "") continue;
    text = text.replaceAll(value, "***").replaceAll(JSON.stringify(value).slice(1, -1), "***");
  }
  return text
    .slice(0, 2_000)
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .slice(0, 300);
}
