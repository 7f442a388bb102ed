import { formats } from "../formats/index.ts";
import type { RecordFormat } from "../formats/format.ts";
import { isObject } from "../formats/members.ts";
import type { MetricPoint } from "../point.ts";

/** What a stream's common attributes ask for; attributes of other names are somebody else's. */
export interface CommonAttributes {
  readonly service?: string | undefined;
  readonly tags: readonly string[];
  readonly format?: RecordFormat | undefined;
  readonly prefix: string;
}

/**
 * Reads the `X-Amz-Firehose-Common-Attributes` header; a string says what is wrong with it.
 * Source: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
 */
export function readCommonAttributes(header: string | null): CommonAttributes | string {
  if (header === null) return { tags: [], prefix: "" };
  // A header comes as latin1, byte for byte; Firehose writes it in UTF-8.
  const attributes = parse(Buffer.from(header, "latin1").toString("utf8"));
  if (attributes === undefined) return "X-Amz-Firehose-Common-Attributes must be JSON with string attributes";
  const format = attributes["format"] === undefined ? undefined : formats.get(attributes["format"]);
  if (attributes["format"] !== undefined && format === undefined) {
    return `the common attribute format must be one of ${[...formats.keys()].join(", ")}`;
  }
  const tags = (attributes["tags"] ?? "").split(",").map((tag) => tag.trim());
  return {
    service: attributes["service"] === "" ? undefined : attributes["service"],
    tags: tags.filter((tag) => tag !== ""),
    format,
    prefix: attributes["prefix"] ?? "",
  };
}

/** Makes points what the attributes say: theirs where a point says nothing itself. */
export function attributesApplier({
  service,
  tags,
  prefix,
}: CommonAttributes): (point: MetricPoint) => MetricPoint {
  // Points of one series share their list of tags; so they do afterwards.
  let own: readonly string[] | undefined;
  let all: readonly string[] = tags;
  return (point) => {
    if (point.tags !== own) {
      own = point.tags;
      all = tags.length === 0 ? own : [...own, ...tags];
    }
    return { ...point, name: prefix + point.name, tags: all, service: point.service ?? service };
  };
}

/** Whether the attributes leave every point as it is. */
export function areNeutral({ service, tags, prefix }: CommonAttributes): boolean {
  return service === undefined && tags.length === 0 && prefix === "";
}

function parse(header: string): Readonly<Record<string, string>> | undefined {
  try {
    const value: unknown = JSON.parse(header);
    const attributes = isObject(value) ? (value["commonAttributes"] ?? {}) : undefined;
    if (!isObject(attributes)) return undefined;
    const own: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const [name, text] of Object.entries(attributes)) {
      if (typeof text !== "string") return undefined;
      own[name] = text;
    }
    return own;
  } catch {
    return undefined;
  }
}
