import { messageOf } from "../message-of.ts";
import type { MetricPoint } from "../point.ts";
import { fatesOf, namesAfter, type Visits } from "./fate.ts";
import {
  emptyMemory,
  readMemory,
  remember,
  writeMemory,
  zeros,
  type Memory,
  type MemoryStore,
} from "./memory.ts";

interface Recalled {
  readonly points: readonly MetricPoint[];
  readonly remarks: readonly string[];
}

/** The points with zeros for what is gone, and the memory brought up to date; without a memory only zeros are lost. */
export async function addZeros(
  series: readonly MetricPoint[],
  {
    memory,
    visits,
    nowMs,
  }: { readonly memory: MemoryStore; readonly visits: Visits; readonly nowMs: number },
): Promise<Recalled> {
  const { earlier, remarks } = await recall(memory);
  const fateOf = fatesOf(visits, earlier.names);
  const points = [...series, ...zeros(earlier.series, series, { nowMs, fateOf })];
  const later: Memory = {
    series: remember(earlier.series, series, nowMs),
    names: namesAfter(visits, earlier.names),
  };
  try {
    await memory.write(writeMemory(later));
    return { points, remarks };
  } catch (error) {
    return {
      points,
      remarks: [...remarks, `the series of this tick could not be kept: ${messageOf(error)}`],
    };
  }
}

interface Earlier {
  readonly earlier: Memory;
  readonly remarks: readonly string[];
}

async function recall(memory: MemoryStore): Promise<Earlier> {
  try {
    const text = await memory.read();
    if (text === undefined)
      return nothingRecalled("no series of earlier ticks are kept yet, or they were lost");
    return { earlier: readMemory(text), remarks: [] };
  } catch (error) {
    return nothingRecalled(`the series of earlier ticks cannot be read (${messageOf(error)})`);
  }
}

function nothingRecalled(why: string): Earlier {
  return { earlier: emptyMemory, remarks: [`${why}: this time nothing that is gone is reported as 0`] };
}
