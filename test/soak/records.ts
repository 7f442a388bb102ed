import { gzipSync } from "node:zlib";

import { formOf, idsOf, kindOf, nameOf, seriesHead, tagsOf, timeOf, type Form } from "./points.ts";

/** The bytes of a record of that time, in its form. */
export function recordBytes(record: number, time: number): Uint8Array {
  const form = formOf(record);
  const ids = idsOf(record);
  const texts = (write: (id: number, time: number) => string): string[] =>
    ids.map((id) => write(id, timeOf(id, time)));
  const written: Readonly<Record<Form, () => string | Uint8Array>> = {
    lines: () => `${texts(toJson).join("\n")}\n`,
    array: () => `[${texts(toJson).join(",")}]`,
    together: () => texts(toJson).join(""),
    gzip: () => gzipSync(texts(toJson).join("\n")),
    text: () => `${texts(toText).join("\n")}\n`,
    "datadog-v1": () => toBody(ids, (id) => [timeOf(id, time), valueOf(id)]),
    "datadog-v2": () => toBody(ids, (id) => ({ timestamp: timeOf(id, time), value: valueOf(id) })),
  };
  return Buffer.from(written[form]());
}

function toJson(id: number, time: number): string {
  const tags = tagsOf(id);
  const text = JSON.stringify({
    name: nameOf(id),
    value: valueOf(id),
    time,
    ...(id % 5 === 0 && { type: "count" }),
    ...(tags.length > 0 && { tags }),
    ...(kindOf(id) === "elsewhere" && { service: "../../v0/hosts" }),
  });
  return kindOf(id) === "broken" ? text.replace("}", ",,}") : text;
}

function toText(id: number, time: number): string {
  const kind = kindOf(id);
  if (kind === "broken") return `this is no metric: ${id}`;
  const value = kind === "bad-value" ? `NaN(${id})` : id;
  return [nameOf(id), value, time].join(id % 2 === 0 ? "\t" : "  ");
}

const valueOf = (id: number): number | string => (kindOf(id) === "bad-value" ? String(id) : id);

function toBody(ids: readonly number[], toPoint: (id: number) => unknown): string {
  const series = [...Map.groupBy(ids, seriesHead)].map(([head, held]) => ({
    ...(kindOf(head) !== "broken" && { metric: nameOf(head) }),
    points: held.map(toPoint),
  }));
  return JSON.stringify({ series });
}
