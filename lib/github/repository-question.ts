import { listQuestions, repositoryField } from "./list-question.ts";
import type { Maybe } from "./nodes.ts";
import { permissionQuestions } from "./permission-question.ts";
import type { Question } from "./question.ts";
import type { RepositoryVisit } from "./visit.ts";

/** Two counts are far from what a page of pull requests takes: 40 repositories make a query. */
const weight = 5;

type Value = Maybe<{
  readonly nameWithOwner: string;
  readonly pullRequests: Maybe<{ readonly totalCount: number }>;
  readonly issues: Maybe<{ readonly totalCount: number }>;
}>;

/**
 * How much of what a repository holds, so that each of its pages is as large as it need be: many repositories are
 * answered by that alone. `isFirst` says whether no other name led to this repository before.
 */
export function repositoryQuestion(visit: RepositoryVisit, isFirst: (fullName: string) => boolean): Question {
  const count = "(states: OPEN, first: 1) { totalCount }";
  return {
    visit,
    weight,
    field: `${repositoryField(visit.subject)} { nameWithOwner pullRequests${count} issues${count} }`,
    accept: (value) => accept(visit, isFirst, value as Value),
    refused: (refusal) => permissionQuestions(visit, refusal),
    halved: () => undefined,
  };
}

function accept(
  visit: RepositoryVisit,
  isFirst: (fullName: string) => boolean,
  value: Value,
): readonly Question[] {
  if (!value?.pullRequests || !value.issues) {
    visit.fail("GitHub answered nothing for it, and not why");
    return [];
  }
  visit.rename(value.nameWithOwner);
  visit.isDuplicate = !isFirst(value.nameWithOwner);
  if (visit.isDuplicate) return [];
  return [
    ...listQuestions(visit, "pullRequests", value.pullRequests.totalCount),
    ...listQuestions(visit, "issues", value.issues.totalCount),
  ];
}
