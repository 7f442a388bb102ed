/** Source: https://mackerel.io/api-docs/entry/service-metrics#post */
export const serviceMetrics = {
  type: "array",
  items: {
    type: "object",
    required: ["name", "time", "value"],
    additionalProperties: false,
    properties: {
      name: { type: "string", pattern: "^[a-zA-Z0-9._-]+$" },
      time: { type: "integer", minimum: 0 },
      value: { type: "number" },
    },
  },
};
