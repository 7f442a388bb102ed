import type { RedriveProgress } from "../../lib/redrive/redrive.ts";
import type { Amount, StreamReport } from "../../lib/redrive/report.ts";
import { count, table, visible } from "./print.ts";

/** What a run did, or would do, for people: a table by error code, what is wrong, and one line that sums it up. */
export function redriveText(report: StreamReport, isDryRun: boolean): { out: string[]; err: string[] } {
  const { stream, codes, unreadable, unreadableAt, problem, ending } = report;
  const rows = codes.map(({ folder, errorCode, put, outside }) => [
    `  ${folder}`,
    errorCode || "(none)",
    [amount(put, isDryRun ? "to put back" : "put back"), amount(outside, "too late")]
      .filter(Boolean)
      .join(", "),
  ]);
  const places = unreadableAt.map(
    ({ key, offsetBytes }) => `${stream}: not an error record: ${key} at byte ${offsetBytes}`,
  );
  const more = unreadable - unreadableAt.length;
  const wrong = ending === "failing" ? `${problem}; --force redrives anyway` : problem;
  return {
    out: [...table(rows), visible(summary(report, isDryRun))],
    err: [
      ...places,
      ...(more > 0 ? [`${stream}: and ${more} more`] : []),
      ...(wrong === undefined ? [] : [`${stream}: ${wrong}`]),
    ].map(visible),
  };
}

const amount = ({ records, points }: Amount, what: string): string =>
  records === 0 ? "" : `${count(records, "record")} (${count(points, "point")}) ${what}`;

function summary(report: StreamReport, isDryRun: boolean): string {
  const { stream, objects, moved, put, outside, outsideInPut, unselected, unreadable, ending } = report;
  const left = [
    [outside.records, `too late for the destination (in expired/)`],
    [unselected, "not selected"],
    [unreadable, "unreadable"],
  ] as const;
  const leftText = left.filter(([records]) => records > 0).map(([records, why]) => `${records} ${why}`);
  const parts = [
    `${moved} of ${count(objects, "object")} ${isDryRun ? "would be " : ""}moved to redriven/`,
    `${count(put.records, "record")} (${count(put.points, "point")}) ${isDryRun ? "would be " : ""}put back`,
    `left: ${leftText.join(", ") || "none"}`,
    ...(outsideInPut > 0 ? [`${count(outsideInPut, "point")} of those put back will go on to expired/`] : []),
  ];
  const notBegun = ending === "failing" || ending === "held";
  return `${stream}: ${notBegun ? "nothing done" : parts.join("; ")}`;
}

/** One line on a terminal: how far a run is, how fast, and how long it still takes at that rate. */
export function progressText(
  { stream, records, bytes, allBytes }: RedriveProgress,
  elapsedMs: number,
): string {
  const perSecond = Math.round(records / Math.max(elapsedMs / 1000, 0.001));
  const part = allBytes === 0 ? 1 : bytes / allBytes;
  const remainingSeconds = Math.ceil((elapsedMs / part - elapsedMs) / 1000);
  const remaining = Number.isFinite(remainingSeconds) ? `, ${duration(remainingSeconds)} to go` : "";
  return `${stream}: ${Math.floor(part * 100)} %, ${count(records, "record")} put back, ${perSecond}/s${remaining}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
