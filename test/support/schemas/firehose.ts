const page = "https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html";

/** What Firehose posts to an endpoint. */
export const deliveryRequest = {
  $comment: page,
  type: "object",
  required: ["requestId", "timestamp", "records"],
  additionalProperties: false,
  properties: {
    requestId: { type: "string", minLength: 1 },
    timestamp: { type: "integer" },
    records: {
      type: "array",
      minItems: 1,
      maxItems: 10_000,
      items: {
        type: "object",
        required: ["data"],
        additionalProperties: false,
        // Base64 of at most 1,024,000 bytes.
        properties: { data: { type: "string", maxLength: 1_365_336, pattern: "^[A-Za-z0-9+/]*={0,2}$" } },
      },
    },
  },
};

/**
 * What Firehose takes for an answer; a member too many makes it invalid.
 * Source: https://docs.aws.amazon.com/firehose/latest/dev/http_troubleshooting.html
 */
export const deliveryResponse = {
  $comment: page,
  type: "object",
  required: ["requestId", "timestamp"],
  additionalProperties: false,
  properties: {
    requestId: { type: "string" },
    timestamp: { type: "integer" },
    errorMessage: { type: "string", maxLength: 8192 },
  },
};
