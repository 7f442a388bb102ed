import { benchCollector } from "./collector.ts";
import { benchEndpoint } from "./endpoint.ts";
import { benchHost } from "./host.ts";
import type { Measurement } from "./measure.ts";
import { benchBilling } from "./producer.ts";
import { benchRedrive } from "./redrive.ts";
import { benchStartup } from "./startup.ts";

/** `npm run bench`: a table for people, `--json` for programs. Ratios of one run, for no run is like another. */
const measurements: Measurement[] = [
  ...(await benchEndpoint()),
  ...(await benchHost()),
  ...benchBilling(),
  ...(await benchCollector()),
  ...(await benchRedrive()),
  ...(await benchStartup()),
];
const ratioOf = ({ value, floor }: Measurement): number | undefined => floor && value / floor;

const text = process.argv.includes("--json")
  ? JSON.stringify(
      measurements.map((each) => ({ ...each, ratio: ratioOf(each) })),
      undefined,
      2,
    )
  : table();
process.stdout.write(`${text}\n`);

function table(): string {
  const rows = measurements.map((each) => [
    each.name,
    `${short(each.value)} ${each.unit}`,
    each.floor === undefined ? "" : `${short(each.floor)} ${each.unit}`,
    short(ratioOf(each)),
    each.aim ?? "",
  ]);
  const all = [["", "measured", "floor", "ratio", "aim"], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function short(value: number | undefined): string {
  if (value === undefined) return "";
  return value >= 100 ? String(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);
}
