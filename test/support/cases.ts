import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The folder that holds every kind of case. */
export const casesFolder = join(import.meta.dirname, "..", "cases");

/** The cases of a folder, found by listing it; an empty folder is a mistake. */
export function listCases(...path: string[]): string[] {
  const names = readdirSync(join(casesFolder, ...path)).toSorted();
  if (names.length === 0) throw new Error(`there are no cases in ${path.join("/")}`);
  return names;
}
