import { mackerelName } from "../../lib/destinations/mackerel-name.ts";
import type { MetricPoint } from "../../lib/point.ts";
import type { TickReport } from "../../lib/tick.ts";
import { count, table, visible, type Print } from "./print.ts";

export interface SeriesCounts {
  readonly datadog: number;
  readonly mackerel: number;
}

/**
 * How many series points are at each service, which both bill by: a name with its tags at Datadog, a name made of
 * both at Mackerel. Sources: https://docs.datadoghq.com/account_management/billing/custom_metrics/,
 * https://mackerel.io/pricing/
 */
export function seriesOf(points: readonly MetricPoint[]): SeriesCounts {
  const names = points.map(mackerelName).filter((name) => name !== undefined);
  const tagged = points.map(({ name, tags }) => JSON.stringify([name, ...tags.toSorted()]));
  return { datadog: new Set(tagged).size, mackerel: new Set(names).size };
}

export interface TextLine {
  readonly to: "out" | "err";
  readonly text: string;
}

const out = (text: string): TextLine => ({ to: "out", text });
const err = (text: string): TextLine => ({ to: "err", text: visible(text) });

/** What a tick came to, for people: the points where they are given, what was put, what is missing. */
export function collectText(
  report: TickReport,
  points: readonly MetricPoint[],
  { style }: Pick<Print, "style">,
): TextLine[] {
  return [
    ...pointLines(points, style).map(out),
    out(summaryOf(report)),
    ...(points.length > 0 ? [out(seriesText(seriesOf(points)))] : []),
    ...report.puts.map(({ stream, records, error }) =>
      error === undefined
        ? out(`put ${count(report.points, "point")} in ${count(records, "record")} on ${stream}`)
        : err(`${stream}: ${error}`),
    ),
    ...report.remarks.map((remark) => err(`note: ${remark}`)),
    ...report.failures.map(({ subject, reason }) => err(`failed: ${subject}: ${reason}`)),
  ];
}

/** Grouped by metric, in the order they came in. */
function pointLines(points: readonly MetricPoint[], style: Print["style"]): string[] {
  const groups = new Map<string, MetricPoint[]>();
  for (const point of points) groups.set(point.name, [...(groups.get(point.name) ?? []), point]);
  return [...groups].flatMap(([name, group]) => {
    const rows = table(group.map(({ value, tags }) => [String(value), tags.join(" ")]));
    return [style("bold", visible(name)), ...rows.map((row) => `  ${row}`)];
  });
}

function summaryOf({ repositories, failures, points, scheduledTime, milliseconds }: TickReport): string {
  const failed = failures.length > 0 ? `, ${failures.length} failed` : "";
  const collected = repositories === 1 ? "1 repository" : `${repositories} repositories`;
  const took = `${(milliseconds / 1000).toFixed(1)} s`;
  return `${collected} collected${failed}: ${count(points, "point")} of ${scheduledTime}, in ${took}`;
}

const seriesText = ({ datadog, mackerel }: SeriesCounts): string =>
  `${datadog} series at Datadog, ${mackerel} at Mackerel; nothing was put`;
