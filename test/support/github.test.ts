import { describe, expect, it } from "vitest";

import { githubToken, startGitHub } from "./github.ts";
import { issueOf, repositoryOf } from "./github-model.ts";
import { priceOf, readQuery } from "./github-schema.ts";

function priceOfText(query: string): ReturnType<typeof priceOf> {
  const document = readQuery(query);
  if (!("kind" in document)) throw new Error(document.map(({ message }) => message).join());
  return priceOf(document);
}

/** Source: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api */
describe("the price of a query", () => {
  it("is in points what GitHub's example says", () => {
    const labels = "labels(first: 60) { edges { node { id name } } }";
    const issues = `issues(first: 50) { edges { node { id ...Labels } } }`;
    const query = `query { viewer { login repositories(first: 100) { edges { node { id ${issues} } } } } }`;
    expect(priceOfText(`${query} fragment Labels on Issue { ${labels} }`).cost).toBe(51);
  });

  it("is in nodes what GitHub's example says", () => {
    const comments = "comments(first: 10) { edges { node { bodyHTML } } }";
    const lists =
      `pullRequests(first: 20) { edges { node { title ${comments} } } } ` +
      `issues(first: 20) { totalCount edges { node { title bodyHTML ${comments} } } }`;
    const query =
      `query { viewer { repositories(first: 50) { edges { repository: node { name ${lists} } } } ` +
      "followers(first: 10) { edges { node { login } } } } }";
    expect(priceOfText(query).nodes).toBe(22_060);
  });

  it("is at least one point", () => {
    expect(priceOfText("{ viewer { login } }").cost).toBe(1);
  });
});

const list = (given: string): string =>
  `{ repository(owner: "a", name: "b") { issues(${given}) { totalCount pageInfo { hasNextPage endCursor } nodes { number } } } }`;

const ask = async (url: string, query: string): Promise<unknown> => {
  const headers = { authorization: `token ${githubToken}` };
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers,
    body: JSON.stringify({ query }),
  });
  return response.json();
};

describe("the stand-in GitHub", () => {
  it("fails the test that asks what the schema refuses", async () => {
    const github = await startGitHub({ model: { repositories: [] } });
    await ask(github.url, '{ repository(owner: "a", name: "b") { nope } }');
    await expect(github[Symbol.asyncDispose]()).rejects.toThrow('Cannot query field "nope"');
  });

  it("pages as GitHub does, and wants to know how many", async () => {
    const issues = [1, 2, 3].map((number) => issueOf(number));
    await using github = await startGitHub({ model: { repositories: [repositoryOf("a/b", { issues })] } });
    const first = (await ask(github.url, list("first: 2"))) as { data: { repository: { issues: object } } };
    expect(first.data.repository.issues).toMatchObject({
      totalCount: 3,
      pageInfo: { hasNextPage: true },
      nodes: [{ number: 1 }, { number: 2 }],
    });
    for (const given of ["states: OPEN", "first: 0", "first: 101"]) {
      expect(await ask(github.url, list(given))).toMatchObject({
        data: { repository: null },
        errors: [{ type: "EXCESSIVE_PAGINATION", path: ["repository", "issues"] }],
      });
    }
  });
});
