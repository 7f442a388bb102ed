import type { OwnerVisit, RepositoryVisit } from "./visit.ts";

/**
 * What became of a repository that an earlier tick reported. It is gone where it is certain that this tick would have
 * reported it if it were still to be collected under that name: archived, renamed, transferred, hidden from the
 * sign-in, or taken out of the configuration.
 */
export type Fate = "collected" | "gone" | "unknown";

/** The visits of one tick. */
export interface Visits {
  readonly owners: readonly OwnerVisit[];
  readonly repositories: readonly RepositoryVisit[];
}

/** The names that GitHub had for configured ones, in small letters, where they were others. */
export type Names = ReadonlyMap<string, string>;

/** Tells the fates of repositories by their names, once every visit is complete or failed. */
export function fatesOf({ owners, repositories }: Visits, earlier: Names): (fullName: string) => Fate {
  const complete = repositories.filter(({ isComplete, isDuplicate }) => isComplete && !isDuplicate);
  const collected = new Set(complete.map(({ name }) => name));
  const present = setOf(complete.map(({ name }) => name));
  const left = setOf(complete.map(({ subject }) => subject));
  const failed = setOf(
    repositories.filter(({ isFailed }) => isFailed).flatMap((visit) => namesOf(visit, earlier)),
  );
  const failedOwners = setOf(
    owners.filter(({ isFailed }) => isFailed).map(({ subject }) => ownerOf(subject)),
  );
  return (fullName) => {
    if (collected.has(fullName)) return "collected";
    const name = fullName.toLowerCase();
    // Only spelled otherwise now: Datadog, which writes tags small, would take its 0 for the new one's.
    if (present.has(name)) return "unknown";
    if (left.has(name)) return "gone";
    return failed.has(name) || failedOwners.has(ownerOf(name)) ? "unknown" : "gone";
  };
}

/** The names after this tick; what was not answered leads where it did before. */
export function namesAfter({ repositories }: Visits, earlier: Names): Names {
  const names = new Map<string, string>();
  for (const { subject, name, isNamed, isRenamed } of repositories) {
    const key = subject.toLowerCase();
    const current = isNamed ? name : earlier.get(key);
    if (current !== undefined && (isRenamed || !isNamed)) names.set(key, current);
  }
  return names;
}

const namesOf = ({ subject, name }: RepositoryVisit, earlier: Names): string[] => [
  subject,
  name,
  earlier.get(subject.toLowerCase()) ?? name,
];

const setOf = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.map((name) => name.toLowerCase()));

const ownerOf = (fullName: string): string => fullName.slice(0, fullName.indexOf("/"));
