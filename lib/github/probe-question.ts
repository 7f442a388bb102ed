import { repositoryField } from "./list-question.ts";
import type { Maybe } from "./nodes.ts";
import type { Question } from "./question.ts";
import type { RepositoryVisit } from "./visit.ts";

type Value = Maybe<{
  readonly nameWithOwner: string;
  readonly pullRequests: unknown;
  readonly issues: unknown;
}>;

/** Whether a repository can be read at all: its first pull request, with whose review it waits for, and issue. */
export function probeQuestion(visit: RepositoryVisit, isFirst: (fullName: string) => boolean): Question {
  const one = "states: OPEN, first: 1";
  const reviewers = "reviewRequests(first: 1) { nodes { requestedReviewer { ...Reviewer } } }";
  return {
    visit,
    weight: 10,
    field: `${repositoryField(visit.subject)} { nameWithOwner pullRequests(${one}) { nodes { number ${reviewers} } } issues(${one}) { nodes { number } } }`,
    accept: (value) => {
      const { nameWithOwner, pullRequests, issues } = (value as Value) ?? {};
      if (nameWithOwner && pullRequests && issues) {
        visit.rename(nameWithOwner);
        visit.isDuplicate = !isFirst(nameWithOwner);
      } else visit.fail("GitHub answered nothing for it, and not why");
      return [];
    },
    halved: () => undefined,
  };
}
