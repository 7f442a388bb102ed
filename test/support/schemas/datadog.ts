/** Source: https://docs.datadoghq.com/metrics/custom_metrics/#naming-custom-metrics */
const metric = { type: "string", pattern: "^[A-Za-z][A-Za-z0-9_.]*$", maxLength: 200 };
const tags = { type: "array", items: { type: "string", minLength: 1 } };
const seconds = { type: "integer", minimum: 0 };
const originCode = { type: "integer", maximum: 1000 };

const seriesPoint = {
  type: "object",
  required: ["timestamp", "value"],
  additionalProperties: false,
  properties: { timestamp: seconds, value: { type: "number" } },
};

const resource = {
  type: "object",
  required: ["name", "type"],
  additionalProperties: false,
  properties: { name: { type: "string" }, type: { type: "string" } },
};

const metadata = {
  type: "object",
  additionalProperties: false,
  properties: {
    origin: {
      type: "object",
      additionalProperties: false,
      properties: { metric_type: originCode, product: originCode, service: originCode },
    },
  },
};

const oneSeries = {
  type: "object",
  required: ["metric", "points"],
  additionalProperties: false,
  properties: {
    metric,
    // unspecified, count, rate, gauge
    type: { enum: [0, 1, 2, 3] },
    points: { type: "array", items: seriesPoint },
    interval: { type: "integer", minimum: 1 },
    resources: { type: "array", items: resource },
    tags,
    unit: { type: "string" },
    source_type_name: { type: "string" },
    metadata,
  },
  // "If the type of the metric is rate or count, define the corresponding interval in seconds."
  anyOf: [
    { required: ["type"], properties: { type: { enum: [1, 2] } } },
    { not: { required: ["interval"] } },
  ],
};

const oneDistribution = {
  type: "object",
  required: ["metric", "points"],
  additionalProperties: false,
  properties: {
    metric,
    type: { const: "distribution" },
    points: {
      type: "array",
      items: {
        type: "array",
        items: [seconds, { type: "array", items: { type: "number" }, minItems: 1 }],
        minItems: 2,
        additionalItems: false,
      },
    },
    tags,
    host: { type: "string" },
  },
};

const payload = (items: object): object => ({
  type: "object",
  required: ["series"],
  additionalProperties: false,
  properties: { series: { type: "array", items } },
});

/** The body of `POST /api/v2/series`. Source: https://docs.datadoghq.com/api/latest/metrics/#submit-metrics */
export const series = payload(oneSeries);

/** Source: https://docs.datadoghq.com/api/latest/metrics/#submit-distribution-points */
export const distributionPoints = payload(oneDistribution);
