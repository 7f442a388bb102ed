import { runConservation } from "./conservation.ts";
import { firstId, kindOf, pointsPerRecord } from "./points.ts";
import { schedule, type Phase } from "./schedule.ts";

/** `npm run soak`: over a million points, every trouble several times over, and an account of each point. */
const [records = 10_400, unitMs = 4_000] = process.argv.slice(2).map(Number);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** No kill cuts these short: the endpoint waits for its 30 seconds. */
const untilTimeOut: readonly Phase[] = [
  { name: "no answers until requests time out", units: 1, share: 0.3, faults: [{ kind: "hang" }] },
  { name: "calm at last", units: 1 },
];

const startMs = performance.now();
const report = await runConservation({
  records,
  recordsACall: 12,
  schedule: [...schedule, ...schedule, ...schedule, ...untilTimeOut],
  unitMs,
  retrySeconds: 5,
  patienceMs: 300_000,
  tell: (line) => print(`${((performance.now() - startMs) / 1000).toFixed(0).padStart(4)} s  ${line}`),
});

const kinds = new Map<string, number>();
for (let id = firstId; id < firstId + records * pointsPerRecord; id++) {
  kinds.set(kindOf(id), (kinds.get(kindOf(id)) ?? 0) + 1);
}
const { missing, twice, misplaced, strange, ...counts } = report;
const faults = { missing, twice, misplaced, strange };
print(`\nput: ${JSON.stringify(Object.fromEntries(kinds))}`);
for (const [name, value] of Object.entries(counts)) print(`${name}: ${JSON.stringify(value)}`);
for (const [name, list] of Object.entries(faults)) {
  print(`${name}: ${list.length}${list.length > 0 ? ` such as ${list.slice(0, 5).join(", ")}` : ""}`);
}
const isConserved =
  Object.values(faults).every((list) => list.length === 0) &&
  report.acknowledged === records * pointsPerRecord;
print(isConserved ? "Every acknowledged point is in exactly one place." : "Points are not accounted for.");
process.exitCode = isConserved ? 0 : 1;
