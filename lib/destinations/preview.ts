import type { MetricPoint } from "../point.ts";
import type { Destination, Outlet, Route } from "./destination.ts";

const route: Route = {
  name: "preview",
  addsUp: false,
  limits: { maxPoints: 1_000, maxRawBytes: Infinity, maxBodyBytes: Infinity },
  encode(points) {
    const body = JSON.stringify(points.map(toLine));
    return { url: "preview:", headers: {}, body, rawBytes: Buffer.byteLength(body) };
  },
  judge: () => "accepted",
};

const preview: Destination = {
  name: "preview",
  place: (point) => ({
    kind: "route",
    route,
    series: JSON.stringify([point.name, point.host, point.service, point.tags]),
  }),
};

/** A destination that shows what it gets, a line a point. */
export function previewOutlet(print: (line: string) => void): Outlet {
  return {
    destination: preview,
    send({ body }) {
      for (const line of JSON.parse(String(body)) as string[]) print(line);
      return Promise.resolve({ status: 200, headers: {}, body: "" });
    },
  };
}

function toLine({ name, value, timestampMs, type, tags, unit, service }: MetricPoint): string {
  const time = new Date(timestampMs).toISOString().replace(".000Z", "Z");
  const parts = [time, name, `${value}${unit === undefined ? "" : ` ${unit}`}`, type, tags.join(" ")];
  return [...parts, service === undefined ? "" : `service ${service}`]
    .filter((part) => part !== "")
    .join("  ");
}
