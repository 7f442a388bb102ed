import { billedBytes, lineOf, packRecords } from "../../lib/firehose/pack.ts";
import type { Measurement } from "./measure.ts";

/** What Firehose bills for a million points: packed into records, and one a record. */
export function benchBilling(): Measurement[] {
  const lines = Array.from({ length: 1_000_000 }, (_, index) =>
    lineOf({
      name: "github.pull_requests.open.by_author",
      value: index % 100,
      timestampMs: 1_700_000_000_000 + index * 1000,
      type: "gauge",
      tags: ["repository:acme/web", `author:user-${index % 1000}`],
    }),
  );
  const packed = billedBytes(packRecords(lines));
  const single = lines.length * 5_120;
  return [
    { name: "billed for 1,000,000 points, packed", value: megabytes(packed), unit: "MB" },
    {
      name: "billed for 1,000,000 points, one a record",
      value: megabytes(single),
      unit: "MB",
      floor: megabytes(packed),
    },
  ];
}

const megabytes = (bytes: number): number => bytes / 1e6;
