/** How long a client of AWS waits for a connection, and for an answer or between its bytes. */
export const patient = {
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
} as const;

/** Where somebody else waits meanwhile: three tries come to an end well before a delivery's or a tick's time does. */
export const brisk = {
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
} as const;
