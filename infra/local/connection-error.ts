import { failed, type AttemptFailure } from "../../lib/firehose/attempt.ts";

type Name = Parameters<typeof failed>[0];

/**
 * Which of Firehose's errors an error code of Node, OpenSSL or the HTTP parser is; the first that matches.
 * Source: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-logs.html#monitoring-http-errors
 */
const names: readonly (readonly [pattern: RegExp, name: Name])[] = [
  [
    /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL)$/,
    "ConnectionFailed",
  ],
  [/^(ECONNRESET|ECONNABORTED|EPIPE)$/, "ConnectionReset"],
  [/^HPE_HEADER_OVERFLOW$/, "ResponseTooLarge"],
  [/^HPE_INVALID_(CONSTANT|VERSION|STATUS)$/, "IllegalMessageStart"],
  [/^HPE_/, "IllegalResponseFailure"],
  [/^(CERT_|ERR_TLS_CERT_ALTNAME_INVALID$)/, "SSLHandshakeCertificatePathValidationFailure"],
  [/^(UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT)/, "SSLHandshakeCertificatePathFailure"],
  [/^(EPROTO$|ERR_SSL_|ERR_TLS_)/, "SSLHandshakeFailure"],
  [/^ERR_INVALID_CHAR$/, "MakeRequestFailure.IllegalCharacterInHeaderValue"],
  [/^(ERR_INVALID_URL|ERR_UNESCAPED_CHARACTERS)$/, "MakeRequestFailure.IllegalUriException"],
];

/** The failure of an attempt that got no answer. */
export function failureOf(error: unknown): AttemptFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const name = names.find(([pattern]) => pattern.test(code))?.[1] ?? "ConnectionFailed";
  const message = error instanceof Error ? error.message : "";
  return failed(name, message || code || "The connection failed.");
}
