import { ghost, unreadableTeam, type Account, type OpenIssue, type OpenPullRequest } from "./open.ts";

/** What GitHub's schema allows an answer to be: nearly everything may be null. */
export type Maybe<T> = T | null | undefined;

export interface Connection<Node> {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: Maybe<string> };
  readonly nodes: Maybe<readonly Maybe<Node>[]>;
}

interface Actor {
  readonly __typename: string;
  readonly login: string;
}

interface Reviewer {
  readonly __typename: string;
  readonly login?: string;
  readonly combinedSlug?: string;
}

export interface LabelNode {
  readonly name: string;
}

export interface AssigneeNode {
  readonly login: string;
}

export interface ReviewRequestNode {
  readonly requestedReviewer: Maybe<Reviewer>;
}

export interface IssueNode {
  readonly id: string;
  readonly number: number;
  readonly author: Maybe<Actor>;
  readonly labels: Maybe<Connection<LabelNode>>;
  readonly assignees: Maybe<Connection<AssigneeNode>>;
}

export interface PullRequestNode extends IssueNode {
  readonly isDraft: boolean;
  readonly reviewRequests: Maybe<Connection<ReviewRequestNode>>;
}

export function readIssue({ number, author, labels, assignees }: IssueNode): OpenIssue {
  const issue: OpenIssue = { number, author: author ? accountOf(author) : ghost, labels: [], assignees: [] };
  addLabels(issue, labels?.nodes);
  addAssignees(issue, assignees?.nodes);
  return issue;
}

export function readPullRequest(node: PullRequestNode): OpenPullRequest {
  const pullRequest = { ...readIssue(node), isDraft: node.isDraft, reviewers: [], teams: [] };
  addReviewers(pullRequest, node.reviewRequests?.nodes);
  return pullRequest;
}

/** A label that GitHub does not tell has no name to be counted under. */
export function addLabels(issue: OpenIssue, nodes: Connection<LabelNode>["nodes"]): void {
  for (const node of nodes ?? []) if (node) issue.labels.push(node.name);
}

export function addAssignees(issue: OpenIssue, nodes: Connection<AssigneeNode>["nodes"]): void {
  for (const node of nodes ?? []) issue.assignees.push(node?.login ?? ghost.login);
}

export function addReviewers(
  { reviewers, teams }: OpenPullRequest,
  nodes: Connection<ReviewRequestNode>["nodes"],
): void {
  for (const node of nodes ?? []) {
    const reviewer = node?.requestedReviewer;
    if (reviewer?.login !== undefined) {
      reviewers.push(accountOf({ ...reviewer, login: reviewer.login }));
      continue;
    }
    const team = reviewer?.combinedSlug ?? unreadableTeam;
    teams.push(team);
  }
}

function accountOf({ __typename, login }: Actor): Account {
  return { login, isBot: __typename === "Bot" };
}
