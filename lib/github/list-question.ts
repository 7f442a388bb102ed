import type { NestedList } from "./fragments.ts";
import { nestedQuestion } from "./nested-question.ts";
import {
  readIssue,
  readPullRequest,
  type Connection,
  type IssueNode,
  type Maybe,
  type PullRequestNode,
} from "./nodes.ts";
import type { ListKind, OpenIssue, OpenPullRequest } from "./open.ts";
import type { Question } from "./question.ts";
import type { RepositoryVisit } from "./visit.ts";

/** Source: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api, node limit */
const maxFirst = 100;

/** A page that fails with this little in it does not fail for its size. */
const minFirst = 10;

/** So many may be opened while they are counted without costing a page of their own. */
const spare = 2;

const words: Readonly<Record<ListKind, string>> = { pullRequests: "pull requests", issues: "issues" };
const fragments: Readonly<Record<ListKind, string>> = { pullRequests: "PullRequests", issues: "Issues" };

interface Page {
  readonly visit: RepositoryVisit;
  readonly kind: ListKind;
  /** How many the list is known to hold. */
  readonly total: number;
  /** The most that one page asks for: fewer after trouble. */
  readonly maxFirst: number;
  readonly after?: string;
}

/** All open pull requests or issues of a repository, from the first page on; nothing where there are none. */
export function listQuestions(visit: RepositoryVisit, kind: ListKind, total: number): Question[] {
  return total === 0 ? [] : [pageQuestion({ visit, kind, total, maxFirst })];
}

function pageQuestion(page: Page): Question {
  const { visit, kind } = page;
  const first = Math.max(1, Math.min(page.maxFirst, page.total - visit[kind].length + spare));
  return {
    visit,
    weight: first,
    field: fieldOf(page, first),
    accept: (value) => accept(page, value as Maybe<Record<ListKind, Maybe<Connection<PullRequestNode>>>>),
    halved: () =>
      first <= minFirst
        ? undefined
        : pageQuestion({ ...page, maxFirst: Math.max(minFirst, Math.ceil(first / 2)) }),
  };
}

function fieldOf({ visit, kind, after }: Page, first: number): string {
  const place = after === undefined ? "" : `, after: ${JSON.stringify(after)}`;
  const order = "orderBy: { field: CREATED_AT, direction: ASC }";
  const list = `${kind}(states: OPEN, first: ${first}${place}, ${order}) { ...${fragments[kind]} }`;
  return `${repositoryField(visit.name)} { ${list} }`;
}

/** The field for a repository by its name, without what is asked of it. */
export function repositoryField(fullName: string): string {
  const [owner, name] = fullName.split("/");
  return `repository(owner: ${JSON.stringify(owner)}, name: ${JSON.stringify(name)})`;
}

function accept(
  page: Page,
  value: Maybe<Record<ListKind, Maybe<Connection<PullRequestNode>>>>,
): readonly Question[] {
  const { visit, kind } = page;
  const connection = value?.[kind];
  const nodes = connection?.nodes;
  if (!connection || !nodes || nodes.includes(null)) {
    visit.fail(`GitHub left out some of its ${words[kind]} without saying why`);
    return [];
  }
  const further = nodes.flatMap((node) => (node ? acceptNode(page, node) : []));
  const { hasNextPage, endCursor } = connection.pageInfo;
  if (!hasNextPage) return further;
  if (!endCursor || endCursor === page.after) {
    visit.fail(`GitHub said there are more ${words[kind]}, and not where`);
    return [];
  }
  return [...further, pageQuestion({ ...page, after: endCursor })];
}

function acceptNode({ visit, kind }: Page, node: PullRequestNode): readonly Question[] {
  if (kind === "issues") {
    const issue = readIssue(node);
    visit.issues.push(issue);
    return overflowOf(visit, node, { issue });
  }
  const pullRequest = readPullRequest(node);
  visit.pullRequests.push(pullRequest);
  return overflowOf(visit, node, { issue: pullRequest, pullRequest });
}

interface Read {
  readonly issue: OpenIssue;
  readonly pullRequest?: OpenPullRequest;
}

/** Questions for the labels, reviewers and assignees that did not come with their pull request or issue. */
function overflowOf(
  visit: RepositoryVisit,
  node: IssueNode & Partial<PullRequestNode>,
  read: Read,
): readonly Question[] {
  const lists: readonly NestedList[] = ["labels", "assignees", "reviewRequests"];
  return lists.flatMap((list) => {
    const next = node[list]?.pageInfo;
    if (!next?.hasNextPage) return [];
    return [nestedQuestion({ visit, id: node.id, list, ...read }, next.endCursor)];
  });
}
