import { describe, expect, it } from "vitest";

import type { Collected } from "../../../lib/collector.ts";
import { createGitHubCollector } from "../../../lib/github/collector.ts";
import { readAnswer } from "../../../lib/github/answer.ts";
import { TextMemory, tick } from "../../support/github-collector.ts";

const more = { hasNextPage: true, endCursor: "c1" };
const end = { hasNextPage: false, endCursor: "c9" };
const lost = { hasNextPage: true, endCursor: null };
const none = { pageInfo: end, nodes: [] };
const node = {
  id: "i1",
  number: 1,
  isDraft: false,
  author: null,
  labels: none,
  assignees: none,
  reviewRequests: none,
};
const counted = (pullRequests: unknown, issues: unknown = { totalCount: 0 }): object => ({
  q0: { nameWithOwner: "acme/web", pullRequests, issues },
});
const page = (connection: unknown): object => ({ q0: { pullRequests: connection } });

/** Collects `acme/web`, or what is named, from an API that gives these values one after the other. */
async function collectFrom(values: readonly object[], repository = "acme/web"): Promise<Collected> {
  let next = 0;
  const collector = createGitHubCollector({
    config: { repositories: [repository], hasDetail: false },
    memory: new TextMemory('{"version":1,"series":{}}'),
    api: {
      query: () => {
        const data = values[next++];
        if (data === undefined) throw new Error("a question more than expected");
        return Promise.resolve(readAnswer({ data }));
      },
    },
  });
  const collected = await collector.collect(tick, new AbortController().signal);
  expect(next).toBe(values.length);
  return collected;
}

const leftOut = "GitHub left out some of its pull requests without saying why";
const nowhere = "GitHub said there are more pull requests, and not where";
const one = counted({ totalCount: 1 });
const wide = { ...node, labels: { pageInfo: more, nodes: [{ name: "a" }] } };
const wideFirst = [one, page({ pageInfo: end, nodes: [wide] })];

describe("an answer that is not whole never makes a number", () => {
  it.each<[string, object[], string]>([
    ["no repository", [{ q0: null }], "GitHub answered nothing for it, and not why"],
    ["no count", [counted(null)], "GitHub answered nothing for it, and not why"],
    ["nothing under the alias", [{}], "GitHub answered nothing for it, and not why"],
    ["no list", [one, page(null)], leftOut],
    ["no repository for a list", [one, { q0: null }], leftOut],
    ["no nodes", [one, page({ pageInfo: end, nodes: null })], leftOut],
    ["a node that is null", [one, page({ pageInfo: end, nodes: [node, null] })], leftOut],
    ["a page more and no cursor", [one, page({ pageInfo: lost, nodes: [node] })], nowhere],
    [
      "the same cursor again",
      [one, page({ pageInfo: more, nodes: [node] }), page({ pageInfo: more, nodes: [node] })],
      nowhere,
    ],
    ["no rest of labels", [...wideFirst, { q0: null }], "GitHub left out some of the labels of number 1"],
    [
      "the same labels again",
      [...wideFirst, { q0: { labels: { pageInfo: more, nodes: [{ name: "b" }] } } }],
      "GitHub said there are more labels of number 1, and not where",
    ],
    [
      "labels more and no cursor",
      [
        one,
        page({ pageInfo: end, nodes: [{ ...node, labels: { pageInfo: lost, nodes: [] } }] }),
        { q0: { labels: none } },
      ],
      "GitHub left out some of the labels of number 1",
    ],
  ])("%s", async (_, values, reason) => {
    const { points, repositories, failures } = await collectFrom(values);
    expect({ points, repositories }).toEqual({ points: [], repositories: 0 });
    expect(failures).toEqual([{ subject: "acme/web", reason }]);
  });

  it.each<[string, object[], string]>([
    ["no list of an owner's", [{ q0: { repositories: null } }], "GitHub left out some of its repositories"],
    [
      "a page more of an owner's and no cursor",
      [{ q0: { repositories: { pageInfo: lost, nodes: [] } } }],
      "GitHub left out some of its repositories",
    ],
    [
      "an owner's repository that is null",
      [{ q0: { repositories: { pageInfo: end, nodes: [null] } } }],
      "GitHub left out some of its repositories",
    ],
  ])("%s", async (_, values, reason) => {
    const { failures } = await collectFrom(values, "acme/*");
    expect(failures).toEqual([{ subject: "acme/*", reason: expect.stringContaining(reason) }]);
  });
});
