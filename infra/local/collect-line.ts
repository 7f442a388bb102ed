import type { CollectEvent } from "./collect-schedule.ts";
import { count, visible } from "./print.ts";

/** An event of the schedule as lines for people. */
export function collectLines(event: CollectEvent): string[] {
  switch (event.kind) {
    case "waiting":
      return [`collector: next at ${toSecond(event.until)}`];
    case "started":
      return [`collector: collecting for ${toSecond(event.scheduled)}`];
    case "skipped":
      return [
        `collector: ${count(event.ticks, "tick")} from ${toSecond(event.from)} skipped, since one was running or the machine slept`,
      ];
    case "over":
      return ["collector: the schedule has no more ticks"];
    case "ticked":
      return tickLines(event.report).map(visible);
    default:
      return event satisfies never;
  }
}

/** An event as a line for programs: JSON, flat. */
export function collectJson(event: CollectEvent, nowMs: number): string {
  const time = new Date(nowMs).toISOString();
  return JSON.stringify(
    event.kind === "ticked" ? { time, kind: event.kind, ...event.report } : { time, ...event },
  );
}

function tickLines(report: Extract<CollectEvent, { kind: "ticked" }>["report"]): string[] {
  const { repositories, failures, remarks, points, milliseconds, puts } = report;
  const streams = puts.filter(({ error }) => error === undefined).map(({ stream }) => stream);
  const what = repositories === 1 ? "1 repository" : `${repositories} repositories`;
  const where = streams.length > 0 ? ` on ${streams.join(", ")}` : "";
  return [
    `collector: ${what}, ${count(points, "point")}${where}, ${(milliseconds / 1000).toFixed(1)} s`,
    ...puts.flatMap(({ stream, error }) => (error === undefined ? [] : [`collector: ${stream}: ${error}`])),
    ...failures.map(({ subject, reason }) => `collector: ${subject} FAILED: ${reason}`),
    ...remarks.map((remark) => `collector: note: ${remark}`),
  ];
}

const toSecond = (date: Date): string => date.toISOString().replace(/\.\d+/, "");
