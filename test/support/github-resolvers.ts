import { GraphQLError } from "graphql";
import type { GitHubModel, ModelIssue, ModelPullRequest, ModelRepository } from "./github-model.ts";

/** An error as GitHub makes them: with a type beside the message. */
export const githubError = (type: string, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { type } });

/** The fields of a query that the model answers. */
export function rootOf(model: GitHubModel, viewer: string, rateLimit: object): object {
  return {
    rateLimit,
    viewer: { login: viewer },
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const found = findRepository(model, `${owner}/${name}`);
      if (found) return repositoryNode(found);
      throw githubError("NOT_FOUND", `Could not resolve to a Repository with the name '${owner}/${name}'.`);
    },
    repositoryOwner: ({ login }: { login: string }) => ownerNode(model, login),
    node: ({ id }: { id: string }) => findNode(model, id),
  };
}

export function findRepository(model: GitHubModel, fullName: string): ModelRepository | undefined {
  const wanted = fullName.toLowerCase();
  return model.repositories.find(({ owner, name, formerNames = [] }) =>
    [`${owner}/${name}`, ...formerNames].some((each) => each.toLowerCase() === wanted),
  );
}

function ownerNode(model: GitHubModel, login: string): object | null {
  const owned = model.repositories.filter(({ owner }) => owner.toLowerCase() === login.toLowerCase());
  if (owned.length === 0 && model.owners?.includes(login) !== true) return null;
  return {
    __typename: "Organization",
    login,
    repositories: connection(owned.map((each) => repositoryNode(each))),
  };
}

function repositoryNode(repository: ModelRepository): object {
  const { owner, name, isArchived = false, forbidden = [] } = repository;
  const list = (kind: "pullRequests" | "issues", nodes: readonly object[]) => (args: PageArguments) => {
    if (forbidden.includes(kind))
      throw githubError("FORBIDDEN", "Resource not accessible by personal access token");
    return connection(nodes)(args);
  };
  return {
    nameWithOwner: `${owner}/${name}`,
    isArchived,
    pullRequests: list(
      "pullRequests",
      repository.pullRequests.map((each) => pullRequestNode(repository, each)),
    ),
    issues: list(
      "issues",
      repository.issues.map((each) => issueNode(repository, each, "Issue")),
    ),
  };
}

const idOf = ({ owner, name }: ModelRepository, { number }: ModelIssue, type: string): string =>
  Buffer.from(`${type}:${owner}/${name}:${number}`).toString("base64url");

function issueNode(repository: ModelRepository, issue: ModelIssue, type: string): object {
  const { number, author, labels, assignees } = issue;
  return {
    __typename: type,
    id: idOf(repository, issue, type),
    number,
    author: author && { __typename: author.type, login: author.login },
    labels: labels && connection(labels.map((name) => name && { name })),
    assignees: connection(assignees.map((login) => login && { login })),
  };
}

function pullRequestNode(repository: ModelRepository, pullRequest: ModelPullRequest): object {
  const { isDraft, reviewers } = pullRequest;
  return {
    ...issueNode(repository, pullRequest, "PullRequest"),
    isDraft,
    reviewRequests: reviewers && connection(reviewers.map((reviewer) => reviewRequest(repository, reviewer))),
  };
}

function reviewRequest(
  { owner }: ModelRepository,
  reviewer: NonNullable<ModelPullRequest["reviewers"]>[number],
): object | null {
  if (reviewer === "no-request") return null;
  if (reviewer === null) return { requestedReviewer: null };
  if (reviewer === "forbidden") {
    const requestedReviewer = (): never => {
      throw githubError("FORBIDDEN", "Resource not accessible by personal access token");
    };
    return { requestedReviewer };
  }
  const { type } = reviewer;
  const names =
    "slug" in reviewer ? { combinedSlug: `${owner}/${reviewer.slug}` } : { login: reviewer.login };
  return { requestedReviewer: { __typename: type, ...names } };
}

function findNode(model: GitHubModel, id: string): object {
  for (const repository of model.repositories) {
    const all = [
      ...repository.pullRequests.map((each) => pullRequestNode(repository, each)),
      ...repository.issues.map((each) => issueNode(repository, each, "Issue")),
    ];
    const found = all.find((node) => (node as { id: string }).id === id);
    if (found) return found;
  }
  throw githubError("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
}

interface PageArguments {
  readonly first?: number;
  readonly after?: string;
}

/** Pages as GitHub makes them: `first` from 1 to 100 is a must, and what a cursor says is GitHub's own affair. */
function connection(nodes: readonly unknown[]) {
  return ({ first, after }: PageArguments): object => {
    if (first === undefined || first < 1 || first > 100) {
      throw githubError("EXCESSIVE_PAGINATION", "`first` must be a number from 1 to 100");
    }
    const start = after === undefined ? 0 : placeOf(after);
    const page = nodes.slice(start, start + first);
    const end = start + page.length;
    return {
      totalCount: nodes.length,
      nodes: page,
      pageInfo: { hasNextPage: end < nodes.length, endCursor: page.length > 0 ? cursorOf(end) : null },
    };
  };
}

const cursorOf = (place: number): string => Buffer.from(`cursor:v2:"${place}"`).toString("base64");

function placeOf(cursor: string): number {
  const found = /^cursor:v2:"(\d+)"$/.exec(Buffer.from(cursor, "base64").toString());
  if (found) return Number(found[1]);
  throw githubError("INVALID_CURSOR_ARGUMENTS", `\`${cursor}\` does not appear to be a valid cursor.`);
}
