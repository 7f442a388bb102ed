import { createHash } from "node:crypto";

import type { MetricPoint } from "../point.ts";

/** Source: https://mackerel.io/api-docs/entry/service-metrics */
const nameRule = /^[a-zA-Z0-9._-]+$/;

/** What a Mackerel service may be called. Source: https://mackerel.io/api-docs/entry/services */
export const serviceName = /^[A-Za-z0-9][A-Za-z0-9_-]{1,62}$/;

/** The Mackerel metric name of a point, its tags' values after its name; undefined where its own name is none. */
export function mackerelName({ name, tags }: MetricPoint): string | undefined {
  return nameRule.test(name) ? name + nameOfTags(tags) : undefined;
}

/** As `mackerelName`, for points that come one after the other: those of one series share their tags. */
export function mackerelNamer(): typeof mackerelName {
  let named: readonly string[] = [];
  let suffix = "";
  return ({ name, tags }) => {
    if (!nameRule.test(name)) return undefined;
    if (tags !== named) {
      named = tags;
      suffix = nameOfTags(tags);
    }
    return name + suffix;
  };
}

function nameOfTags(tags: readonly string[]): string {
  let suffix = "";
  for (const tag of tags) suffix += `.${nameOfValue(tag.slice(tag.indexOf(":") + 1))}`;
  return suffix;
}

/**
 * A tag's value as one part of a name: `/` becomes `-`, space and `.` become `_`. Where anything else had to go,
 * the start of the value's SHA-256 follows, so that different values keep different names.
 */
function nameOfValue(value: string): string {
  if (/^[a-zA-Z0-9_-]+$/.test(value)) return value;
  const plain = value.replaceAll("/", "-").replaceAll(/[ .]/g, "_");
  const name = plain.replaceAll(/[^a-zA-Z0-9_-]/gu, "_");
  return name === plain && value !== "" ? name : `${name || "_"}-${digest(value)}`;
}

const digest = (value: string): string => createHash("sha256").update(value).digest("hex").slice(0, 6);
