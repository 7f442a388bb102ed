import { nestedNodes, pageInfo, type NestedList } from "./fragments.ts";
import {
  addAssignees,
  addLabels,
  addReviewers,
  type AssigneeNode,
  type Connection,
  type LabelNode,
  type Maybe,
  type ReviewRequestNode,
} from "./nodes.ts";
import type { OpenIssue, OpenPullRequest } from "./open.ts";
import type { Question } from "./question.ts";
import type { RepositoryVisit } from "./visit.ts";

const first = 100;

/** One list of a pull request or an issue that did not fit beside it. */
interface Nested {
  readonly visit: RepositoryVisit;
  readonly id: string;
  readonly list: NestedList;
  readonly issue: OpenIssue;
  readonly pullRequest?: OpenPullRequest;
}

type Value = Maybe<Partial<Record<NestedList, Maybe<Connection<unknown>>>>>;

/** The rest of the list after the cursor, page by page. */
export function nestedQuestion(nested: Nested, after: Maybe<string>): Question {
  const { visit, id, list, pullRequest } = nested;
  const type = pullRequest === undefined ? "Issue" : "PullRequest";
  const page = `${list}(first: ${first}, after: ${JSON.stringify(after)}) { ${pageInfo} ${nestedNodes[list]} }`;
  return {
    visit,
    weight: 5,
    field: `node(id: ${JSON.stringify(id)}) { ... on ${type} { ${page} } }`,
    accept: (value) => accept(nested, value as Value, after),
    // Deleted or transferred since its page came: then it is not among the open ones any more.
    absent: () => visit.drop(nested.issue),
    halved: () => undefined,
  };
}

function accept(nested: Nested, value: Value, after: Maybe<string>): readonly Question[] {
  const { visit, issue, list } = nested;
  const connection = value?.[list];
  if (!connection?.nodes || !after) {
    visit.fail(`GitHub left out some of the ${list} of number ${issue.number}`);
    return [];
  }
  add(nested, connection);
  const { hasNextPage, endCursor } = connection.pageInfo;
  if (!hasNextPage) return [];
  if (endCursor !== after) return [nestedQuestion(nested, endCursor)];
  visit.fail(`GitHub said there are more ${list} of number ${issue.number}, and not where`);
  return [];
}

function add({ issue, pullRequest, list }: Nested, { nodes }: Connection<unknown>): void {
  switch (list) {
    case "labels":
      return addLabels(issue, nodes as Connection<LabelNode>["nodes"]);
    case "assignees":
      return addAssignees(issue, nodes as Connection<AssigneeNode>["nodes"]);
    case "reviewRequests":
      if (pullRequest) addReviewers(pullRequest, nodes as Connection<ReviewRequestNode>["nodes"]);
      return undefined;
    default:
      return list satisfies never;
  }
}
