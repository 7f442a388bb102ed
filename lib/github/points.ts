import type { MetricPoint } from "../point.ts";
import type { OpenIssue, OpenPullRequest, Repository } from "./open.ts";

/** A value of a series at the tick's moment. */
export function gauge(
  name: string,
  value: number,
  timestampMs: number,
  tags: readonly string[] = [],
): MetricPoint {
  return { name, value, timestampMs, type: "gauge", tags };
}

/** How many are open in a repository: always a value, 0 too. */
export function totals({ name, pullRequests, issues }: Repository, timestampMs: number): MetricPoint[] {
  const tags = [`repository:${name}`];
  const drafts = pullRequests.filter(({ isDraft }) => isDraft);
  return [
    gauge("github.pull_requests.open", pullRequests.length, timestampMs, tags),
    gauge("github.pull_requests.draft", drafts.length, timestampMs, tags),
    gauge("github.issues.open", issues.length, timestampMs, tags),
  ];
}

/** What is counted by author, label and so on: the last part of the metric's name, and the key of its second tag. */
type Breakdown<T> = readonly [suffix: string, valuesOf: (open: T) => readonly string[]];

const ofIssues: readonly Breakdown<OpenIssue>[] = [
  ["author", ({ author }) => [author.login]],
  ["label", ({ labels }) => labels],
  ["assignee", ({ assignees }) => assignees],
];

const ofPullRequests: readonly Breakdown<OpenPullRequest>[] = [
  ...ofIssues,
  ["reviewer", ({ reviewers }) => reviewers.map(({ login }) => login)],
  ["team", ({ teams }) => teams],
];

/** How many are open by author, label and so on: a series for each that there is, and none for the others. */
export function breakdowns({ name, pullRequests, issues }: Repository, timestampMs: number): MetricPoint[] {
  const point = (metric: string, [key, value]: readonly [string, string], count: number): MetricPoint =>
    gauge(metric, count, timestampMs, [`repository:${name}`, `${key}:${value}`]);
  const points: MetricPoint[] = [];
  for (const [key, valuesOf] of ofPullRequests) {
    for (const [value, count] of countBy(pullRequests, valuesOf)) {
      points.push(point(`github.pull_requests.open.by_${key}`, [key, value], count));
    }
  }
  for (const [key, valuesOf] of ofIssues) {
    for (const [value, count] of countBy(issues, valuesOf)) {
      points.push(point(`github.issues.open.by_${key}`, [key, value], count));
    }
  }
  return points;
}

/** One that has a value twice, such as an unreadable team, counts once under it. */
function countBy<T>(all: readonly T[], valuesOf: (open: T) => readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const open of all) {
    for (const value of new Set(valuesOf(open))) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

/**
 * One series for each pull request, named and tagged as the older tool does, so that its dashboards can move over.
 * Source: https://github.com/chaspy/datadog-github-pr, main.go
 */
export function details({ name, pullRequests }: Repository, timestampMs: number): MetricPoint[] {
  return pullRequests.map(({ number, author, labels, reviewers }) =>
    gauge("datadog.custom.github.pr.count", 1, timestampMs, [
      `number:${number}`,
      `author:${restLogin(author)}`,
      `repo:${name}`,
      ...labels.map((label) => `label:${label}`),
      ...reviewers.map((reviewer) => `reviewer:${restLogin(reviewer)}`),
    ]),
  );
}

/** The older tool reads the REST API, which writes `renovate[bot]` where the GraphQL API writes `renovate`. */
const restLogin = ({ login, isBot }: OpenPullRequest["author"]): string => (isBot ? `${login}[bot]` : login);
