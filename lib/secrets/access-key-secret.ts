/** The form in which Firehose reads an access key. Source: https://docs.aws.amazon.com/firehose/latest/dev/secrets-manager-whats-secret.html */
const member = "api_key";

/** The secret of an access key. */
export function accessKeySecret(accessKey: string): string {
  return JSON.stringify({ [member]: accessKey });
}

/** The access key of a secret; undefined where it holds none. */
export function accessKeyOf(secret: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(secret);
    if (typeof parsed !== "object" || parsed === null || !(member in parsed)) return undefined;
    return typeof parsed[member] === "string" && parsed[member] !== "" ? parsed[member] : undefined;
  } catch {
    return undefined;
  }
}
