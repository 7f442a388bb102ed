import { rm } from "node:fs/promises";
import { join } from "node:path";

import { startDatadog } from "../support/datadog.ts";
import { clientOf, makeFolder } from "../support/host.ts";
import { startMackerel } from "../support/mackerel.ts";
import { until } from "../support/until.ts";
import { Accounts, datadogPoints, mackerelPoints, type Account } from "./account.ts";
import { countFailed, keptIds } from "./backup-objects.ts";
import { openGate, type Gate } from "./gate.ts";
import { KilledHost } from "./killed-host.ts";
import { destinations, isRefusedName } from "./points.ts";
import { produce } from "./produce.ts";
import { playSchedule, schedule, type Phase } from "./schedule.ts";

export interface Size {
  readonly records: number;
  /** At most, in one `PutRecordBatch`. */
  readonly recordsACall: number;
  /** How long a unit of the schedule lasts. */
  readonly unitMs: number;
  readonly retrySeconds: number;
  /** How long everything may take to arrive once nothing is wrong any more. */
  readonly patienceMs: number;
  readonly schedule?: readonly Phase[];
  readonly tell?: (line: string) => void;
}

export interface Conservation extends Account {
  readonly records: number;
  readonly kills: number;
  /** Records that Firehose gave up and that were put again. */
  readonly backedUp: number;
  readonly requests: number;
  /** Requests to the services that met trouble, by status; `none` where there was no answer. */
  readonly answers: Readonly<Record<string, number>>;
  readonly gate: Gate["troubles"];
}

/** The same numbers each time. Source: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Puts points through the host while everything goes wrong that can, puts back what was given up, and says of every
 * point where it is.
 */
export async function runConservation(size: Size): Promise<Conservation> {
  const { tell = () => undefined } = size;
  await using open = new AsyncDisposableStack();
  const folder = await makeFolder();
  open.defer(() => rm(folder, { recursive: true, force: true }));
  const random = seeded(20_261_121);
  const trouble = playSchedule(size.schedule ?? schedule, size.unitMs, random);
  const shared = { faults: trouble.faults, refuses: isRefusedName };
  const mackerel = open.use(await startMackerel({ apiKey: "mk", services: ["shop"], ...shared }));
  const datadog = open.use(await startDatadog({ apiKey: "dk", ...shared }));
  const host = open.use(
    new KilledHost({
      HYDRANT_DATA_DIR: folder,
      MACKEREL_API_KEY: "mk",
      MACKEREL_SERVICE: "shop",
      MACKEREL_API_URL: mackerel.url,
      DATADOG_API_KEY: "dk",
      DATADOG_API_URL: datadog.url,
      BUFFER_SECONDS: "0",
      RETRY_SECONDS: String(size.retrySeconds),
    }),
  );
  await host.start();
  const gate = open.use(await openGate(() => host.url, random));
  const client = clientOf(gate.url);
  open.defer(() => client.destroy());
  const production = {
    records: size.records,
    times: new Float64Array(size.records),
    acknowledged: new Uint8Array(size.records),
  };
  const killing = host.killOn(() => trouble.phase(), tell);
  await produce({
    ...production,
    client,
    random,
    recordsACall: size.recordsACall,
    durationMs: trouble.durationMs,
    deadlineMs: trouble.durationMs + size.patienceMs,
  });
  await until(() => trouble.phase() === undefined, "the end of the schedule", trouble.durationMs);
  await killing;
  trouble.end();
  gate.end();
  const backup = join(folder, "backup");
  const backedUp = await settle({ host, backup, size, tell });
  const accounts = new Accounts(production);
  accounts.addService(mackerelPoints(mackerel));
  accounts.addService(datadogPoints(datadog));
  await addBackup(accounts, backup);
  const seen = [...mackerel.requests, ...datadog.requests];
  return {
    ...accounts.close(),
    records: size.records,
    kills: host.kills,
    backedUp,
    requests: seen.length,
    answers: countAnswers(seen),
    gate: gate.troubles,
  };
}

interface Settling {
  readonly host: KilledHost;
  readonly backup: string;
  readonly size: Size;
  readonly tell: (line: string) => void;
}

/** Waits until nothing waits, puts back what was given up, and waits again; gives how much that was. */
async function settle({ host, backup, size, tell }: Settling): Promise<number> {
  await host.drained(size.patienceMs);
  const backedUp = await countAllFailed(backup);
  tell(`${backedUp} records are put back from the backup`);
  await host.redrive();
  await host.drained(size.patienceMs);
  const left = await countAllFailed(backup);
  if (left > 0) throw new Error(`${left} records were not put back`);
  return backedUp;
}

async function countAllFailed(backup: string): Promise<number> {
  let records = 0;
  for (const destination of destinations) records += await countFailed(backup, `hydrant-${destination}`);
  return records;
}

async function addBackup(accounts: Accounts, backup: string): Promise<void> {
  for (const destination of destinations) {
    const stream = `hydrant-${destination}`;
    accounts.addKept("rejected", await keptIds(backup, stream, "rejected"));
    accounts.addKept("expired", await keptIds(backup, stream, "expired"));
  }
}

function countAnswers(seen: readonly { readonly status: number | undefined }[]): Record<string, number> {
  const groups = Map.groupBy(seen, ({ status }) => String(status ?? "none"));
  return Object.fromEntries([...groups].map(([status, held]) => [status, held.length]));
}
