/**
 * How many labels, reviewers and assignees come with a pull request or an issue; what is beyond is asked for by
 * itself. The first argument costs no points, but nodes, of which a query may hold 500,000.
 */
const nestedFirst = 20;

export const pageInfo = "pageInfo { hasNextPage endCursor }";

/** The nodes of each list that a pull request or an issue holds. */
export const nestedNodes = {
  labels: "nodes { name }",
  assignees: "nodes { login }",
  reviewRequests: "nodes { requestedReviewer { ...Reviewer } }",
} as const;

export type NestedList = keyof typeof nestedNodes;

const nested = (list: NestedList): string =>
  `${list}(first: ${nestedFirst}) { ${pageInfo} ${nestedNodes[list]} }`;

const author = "author { __typename login }";

const issueNode = `id number ${author} ${nested("labels")} ${nested("assignees")}`;

const texts: Readonly<Record<string, (hasTeams: boolean) => string>> = {
  PullRequests: () =>
    `on PullRequestConnection { ${pageInfo} nodes { ${issueNode} isDraft ${nested("reviewRequests")} } }`,
  Issues: () => `on IssueConnection { ${pageInfo} nodes { ${issueNode} } }`,
  Reviewer: (hasTeams) =>
    "on RequestedReviewer { __typename ... on User { login } ... on Bot { login } ... on Mannequin { login }" +
    `${hasTeams ? " ... on Team { combinedSlug }" : ""} }`,
};

/** The fragments that a query spreads, and those that they spread; GraphQL allows no others. */
export function fragmentsOf(query: string, hasTeams: boolean): string[] {
  const found = new Map<string, string>();
  const look = (text: string): void => {
    for (const [, name = ""] of text.matchAll(/\.\.\.([A-Z]\w*)/g)) {
      const fragment = texts[name]?.(hasTeams);
      if (fragment === undefined || found.has(name)) continue;
      found.set(name, `fragment ${name} ${fragment}`);
      look(fragment);
    }
  };
  look(query);
  return [...found.values()];
}
