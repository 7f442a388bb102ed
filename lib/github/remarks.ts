import type { Round } from "./round.ts";
import type { OwnerVisit, RepositoryVisit } from "./visit.ts";

/** Repositories that have other names now, so that somebody mends the configuration. */
export function renames({ repositories }: Round): readonly string[] {
  return repositories
    .filter(({ isRenamed }) => isRenamed)
    .map(({ subject, name }) => `${subject} is now ${name}, and counted under that name`);
}

/** Owners that were listed, and had nothing to collect: nearly always something is missing. */
export const emptyOwners = ({ owners }: Round): readonly OwnerVisit[] =>
  owners.filter(({ isComplete, repositories }) => isComplete && repositories === 0);

export const emptiness =
  "no repository that is not archived is visible; an App must be installed there, a token must select them";

const maxShown = 3;

/** What is missing where teams are asked for reviews that the sign-in may not read: once for each owner. */
export function unreadableTeams({ repositories }: Round): readonly string[] {
  const hiding = repositories.filter(({ hidesReviewers, isDuplicate }) => hidesReviewers && !isDuplicate);
  return [...Map.groupBy(hiding, ownerOf)].map(([owner, all]) => {
    const shown = all.slice(0, maxShown).map(({ name }) => name);
    const others = all.length > maxShown ? ` and ${all.length - maxShown} more` : "";
    return (
      `${owner}: teams cannot be read, for reviews are requested of them in ${shown.join(", ")}${others} ` +
      "(the permission organisation Members: read is missing): they are counted as team:unreadable"
    );
  });
}

const ownerOf = ({ name }: RepositoryVisit): string => name.slice(0, name.indexOf("/"));
