import { refusalReason, type Refusal } from "./answer.ts";
import { repositoryField } from "./list-question.ts";
import type { Question } from "./question.ts";
import type { RepositoryVisit } from "./visit.ts";

/**
 * What is asked where a repository's pull requests may not be read: whether its issues may, so that its failure names
 * every permission that is missing. GitHub tells no more than the first.
 */
export function permissionQuestions(
  visit: RepositoryVisit,
  { message, lists }: Refusal,
): readonly Question[] {
  if (lists.length !== 1 || lists[0] !== "pullRequests") return [];
  return [
    {
      visit,
      weight: 1,
      field: `${repositoryField(visit.subject)} { issues(states: OPEN, first: 1) { totalCount } }`,
      accept: () => {
        visit.fail(refusalReason({ message, lists }));
        return [];
      },
      refused: (also) => {
        visit.fail(refusalReason({ message, lists: [...lists, ...also.lists] }));
        return [];
      },
      halved: () => undefined,
    },
  ];
}
