/** What went wrong, in the words of whoever threw it. Takes anything: `String` itself throws at some objects. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return typeof error === "string" ? error : "unknown";
}
