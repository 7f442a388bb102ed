import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import type { Clock } from "../../lib/clock.ts";
import { maxRecordBytes } from "../../lib/firehose/pack.ts";
import { decodeRecord, maxInflatedRecordBytes } from "../../lib/formats/decode-record.ts";
import type { Decoded, Rejected } from "../../lib/formats/format.ts";
import { encodePoint } from "../../lib/formats/hydrant.ts";
import { formats, recognise } from "../../lib/formats/index.ts";
import { gunzip, isGzip } from "../../lib/gunzip.ts";
import type { MetricPoint } from "../../lib/point.ts";
import { UsageError } from "./arguments.ts";
import { messageOf } from "../../lib/message-of.ts";
import { previewDelivery, type DeliveryPreview } from "./preview-delivery.ts";
import { count, table, visible, type Print } from "./print.ts";

export interface DecodeOptions {
  /** None, or `-`, is the input. */
  readonly file?: string | undefined;
  readonly format?: string;
  /** A destination's name. */
  readonly for?: string;
  readonly json?: boolean;
}

export interface DecodeParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly input: AsyncIterable<Uint8Array>;
  readonly print: Print;
}

/** Shows which points a record holds and what a destination would get of them; answers the exit code. */
export async function decode(options: DecodeOptions, parts: DecodeParts): Promise<number> {
  const bytes = await readRecord(options.file, parts);
  const format = options.format === undefined ? recogniseBytes(bytes) : formats.get(options.format);
  const decoded = decodeRecord(bytes, format);
  const { points, rejected } = decoded;
  const preview = options.for === undefined ? undefined : await previewDelivery(options.for, points, parts);
  const facts = { format: format?.name ?? "", bytes: bytes.byteLength };
  if (options.json) parts.print.out(JSON.stringify(toJson(facts, decoded, preview)));
  else show(facts, decoded, preview, parts.print);
  const isLost = rejected.length + (preview?.rejected.length ?? 0) + (preview?.expired.length ?? 0) > 0;
  return isLost ? 1 : 0;
}

interface Facts {
  readonly format: string;
  readonly bytes: number;
}

async function readRecord(file: string | undefined, { env, input }: DecodeParts): Promise<Uint8Array> {
  if (file === undefined || file === "-") {
    const chunks: Uint8Array[] = [];
    for await (const chunk of input) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
  return readFile(resolve(callersFolder(env), file)).catch((error: unknown) => {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`);
  });
}

/** `npm run` changes to the project's folder, and says where it was called. */
const callersFolder = (env: DecodeParts["env"]): string =>
  (env["npm_lifecycle_event"] === "hydrant" ? env["INIT_CWD"] : undefined) ?? ".";

/** What the endpoint takes the record for; what does not inflate has no format. */
function recogniseBytes(bytes: Uint8Array): ReturnType<typeof recognise> | undefined {
  if (!isGzip(bytes)) return recognise(new TextDecoder().decode(bytes));
  const inflated = gunzip(bytes, maxInflatedRecordBytes);
  return inflated.kind === "inflated" ? recognise(new TextDecoder().decode(inflated.bytes)) : undefined;
}

function toJson(facts: Facts, { points, rejected }: Decoded, preview: DeliveryPreview | undefined): object {
  return {
    ...facts,
    points: points.map(toOwnForm),
    rejected: rejected.map((each) => ({ ...each, raw: textOf(each.raw) })),
    ...(preview && {
      for: {
        ...preview,
        rejected: preview.rejected.map((each) => ({ ...each, point: toOwnForm(each.point) })),
        expired: preview.expired.map((each) => ({ ...each, point: toOwnForm(each.point) })),
      },
    }),
  };
}

/** As `put` reads it, so that what was decoded can be put again. */
const toOwnForm = (point: MetricPoint): unknown => JSON.parse(encodePoint(point));

const textOf = (raw: Rejected["raw"]): string =>
  typeof raw === "string" ? raw : Buffer.from(raw).toString("latin1");

function show(facts: Facts, decoded: Decoded, preview: DeliveryPreview | undefined, print: Print): void {
  const { points, rejected } = decoded;
  const told = facts.format === "" ? "" : `, format ${facts.format}`;
  print.out(print.style("bold", `${count(points.length, "point")} in ${count(facts.bytes, "byte")}${told}`));
  if (facts.bytes > maxRecordBytes) print.err(`Firehose takes at most ${maxRecordBytes} bytes a record`);
  if (points.length > 0) {
    const [header = "", ...rows] = table([["NAME", "VALUE", "TIME", "TYPE", "TAGS"], ...points.map(toRow)]);
    print.out(print.style("dim", header));
    for (const row of rows) print.out(row);
  }
  for (const { reason, detail, raw } of rejected) {
    print.out(`${print.style("red", `rejected ${reason}`)}: ${detail}: ${visible(shorten(textOf(raw)))}`);
  }
  if (preview !== undefined) showPreview(preview, print);
}

function toRow({ name, value, timestampMs, type, tags, unit, service, host }: MetricPoint): string[] {
  const more = [unit && `(unit ${unit})`, service && `(service ${service})`, host && `(host ${host})`];
  const time = new Date(timestampMs).toISOString().replace(".000Z", "Z");
  return [name, String(value), time, type, [...tags, ...more].filter(Boolean).join(" ")];
}

function showPreview(preview: DeliveryPreview, print: Print): void {
  const { destination, requests, merged, rejected, expired, notes } = preview;
  const mergedToo = merged > 0 ? `, ${count(merged, "point")} merged into others` : "";
  print.out("");
  print.out(print.style("bold", `${destination}: ${count(requests.length, "request")}${mergedToo}`));
  for (const note of notes) print.out(note);
  for (const { url, bytes, body } of requests) {
    print.out(print.style("green", `POST ${url} (${count(bytes, "byte")})`));
    print.out(typeof body === "string" ? visible(body) : JSON.stringify(body, null, 2));
  }
  for (const [kind, refused] of Object.entries({ rejected, expired })) {
    for (const { point, reason, detail } of refused) {
      print.out(`${print.style("red", `${kind} ${reason}`)}: ${visible(shorten(point.name))}: ${detail}`);
    }
  }
}

const maxShownLength = 200;

const shorten = (text: string): string =>
  text.length > maxShownLength ? `${text.slice(0, maxShownLength)}...` : text;
