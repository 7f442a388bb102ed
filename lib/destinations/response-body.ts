import { inflateSync } from "node:zlib";
import type { OutgoingRequest } from "../send.ts";

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

/** The start of an error message for a person to read: one line, without the keys and the points of the request. */
export function errorText(message: string, { headers, body }: OutgoingRequest): string {
  let text = message;
  for (const [name, value] of Object.entries(headers)) {
    if (!/-key$/i.test(name) || value === "") continue;
    text = text.replaceAll(value, "***").replaceAll(JSON.stringify(value).slice(1, -1), "***");
  }
  const sent = wordsOf(body);
  return text
    .slice(0, 2_000)
    .replaceAll(word, (found) => (sent.has(found) ? "***" : found))
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .slice(0, 300);
}

const word = /[\p{L}\p{N}._/-]+/gu;

/** The words of every value in a JSON body: names, tags, numbers. */
function wordsOf(body: OutgoingRequest["body"]): ReadonlySet<string> {
  const json = typeof body === "string" ? body : inflateSync(body).toString("utf8");
  const words = new Set<string>();
  for (const [number, text = number, colon] of json.matchAll(/"((?:[^"\\]|\\.)*)"(\s*:)?|-?\d[\w.+-]*/g)) {
    if (colon === undefined) for (const found of text.match(word) ?? []) words.add(found);
  }
  return words;
}
