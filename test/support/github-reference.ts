import type { GitHubModel, ModelIssue, ModelPullRequest } from "./github-model.ts";

/** What must come out for a model, counted the plain way: `name tags = value`, sorted. */
export function referenceLines(model: GitHubModel): string[] {
  const counts = new Map<string, number>();
  const count = (line: string, by = 1): unknown => counts.set(line, (counts.get(line) ?? 0) + by);
  for (const { owner, name, pullRequests, issues } of model.repositories) {
    const tag = `repository:${owner}/${name}`;
    count(`github.pull_requests.open ${tag}`, pullRequests.length);
    count(`github.pull_requests.draft ${tag}`, pullRequests.filter(({ isDraft }) => isDraft).length);
    count(`github.issues.open ${tag}`, issues.length);
    for (const each of pullRequests) {
      const found = [...shared(each), ...reviewTags(each, owner)];
      for (const value of new Set(found)) count(`github.pull_requests.open.by_${key(value)} ${tag} ${value}`);
    }
    for (const each of issues) {
      for (const value of new Set(shared(each))) count(`github.issues.open.by_${key(value)} ${tag} ${value}`);
    }
  }
  return [...counts].map(([line, value]) => `${line} = ${value}`).toSorted();
}

const key = (tag: string): string => tag.slice(0, tag.indexOf(":"));

function shared({ author, labels, assignees }: ModelIssue): string[] {
  return [
    `author:${author === null ? "ghost" : author.login}`,
    ...(labels ?? []).filter((label) => label !== null).map((label) => `label:${label}`),
    ...assignees.map((login) => `assignee:${login ?? "ghost"}`),
  ];
}

function reviewTags({ reviewers }: ModelPullRequest, owner: string): string[] {
  return (reviewers ?? []).map((reviewer) => {
    if (reviewer === null || typeof reviewer === "string") return "team:unreadable";
    return "slug" in reviewer ? `team:${owner}/${reviewer.slug}` : `reviewer:${reviewer.login}`;
  });
}
