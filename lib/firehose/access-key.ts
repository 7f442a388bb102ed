import { createHash, timingSafeEqual } from "node:crypto";

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Whether a sent key is one of the expected; none sent or none expected is a refusal. Takes the same time for any key. */
export function isAuthorized(sent: string | null, expected: readonly string[]): boolean {
  if (sent === null || sent === "") return false;
  const sentDigest = digest(sent);
  let isKnown = false;
  for (const key of expected) {
    if (timingSafeEqual(digest(key), sentDigest)) isKnown = true;
  }
  return isKnown;
}
