import { repositoryField } from "./list-question.ts";
import type { Maybe } from "./nodes.ts";
import { permissionQuestions } from "./permission-question.ts";
import type { Question } from "./question.ts";
import type { RepositoryVisit } from "./visit.ts";

type Value = Maybe<{
  readonly nameWithOwner: string;
  readonly pullRequests: unknown;
  readonly issues: unknown;
}>;

/** Enough that a team is among the reviewers where teams are asked for reviews, and few beside a page of a list. */
const sampled = 20;

/** Whether a repository can be read at all: an issue, and pull requests with whose review they wait for. */
export function probeQuestion(visit: RepositoryVisit, isFirst: (fullName: string) => boolean): Question {
  const some = `states: OPEN, first: ${sampled}`;
  const reviewers = "reviewRequests(first: 5) { nodes { requestedReviewer { ...Reviewer } } }";
  return {
    visit,
    weight: sampled,
    field: `${repositoryField(visit.subject)} { nameWithOwner pullRequests(${some}) { nodes { number ${reviewers} } } issues(states: OPEN, first: 1) { nodes { number } } }`,
    accept: (value) => {
      const { nameWithOwner, pullRequests, issues } = (value as Value) ?? {};
      if (nameWithOwner && pullRequests && issues) {
        visit.rename(nameWithOwner);
        visit.isDuplicate = !isFirst(nameWithOwner);
      } else visit.fail("GitHub answered nothing for it, and not why");
      return [];
    },
    refused: (refusal) => permissionQuestions(visit, refusal),
    halved: () => undefined,
  };
}
