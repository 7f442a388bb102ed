import { datadogSeries } from "./datadog.ts";
import type { RecordFormat } from "./format.ts";
import { hydrant } from "./hydrant.ts";
import { mackerelText } from "./mackerel.ts";

interface FormatRule {
  readonly format: RecordFormat;
  /** How its text starts; absent where the format has to be named. */
  readonly startsLike?: RegExp;
}

/** How a record's format is told: the first rule that fits its first telling line. */
const rules: readonly FormatRule[] = [
  { format: datadogSeries, startsLike: /^\s*\{\s*"series"\s*:/ },
  { format: hydrant, startsLike: /^\s*[[{]/ },
  { format: mackerelText, startsLike: /^/ },
];

/**
 * A line of JSON or of `name value time`: a broken one before it must not have it read as something else. A bracket
 * alone makes no JSON: plugins print lines such as `[info] started`.
 */
const tellingLine =
  /^[\t ]*(?:\{[\t ]*(?:["}\r]|$)|\[[\t ]*(?:[[{"\]\r]|$)|[\w.-]+[\t ]+[-+.\d]\S*[\t ]+[-+.\d]\S*[\t\r ]*$)/m;

/** Every format by the name that the common attribute `format` takes. */
export const formats: ReadonlyMap<string, RecordFormat> = new Map(
  rules.map(({ format }) => [format.name, format]),
);

/** Tells a record's format by how its first telling line starts; never by trying one after another. */
export function recognise(text: string): RecordFormat {
  const telling = text.slice(Math.max(0, text.search(tellingLine)));
  return rules.find(({ startsLike }) => startsLike?.test(telling))?.format ?? mackerelText;
}
