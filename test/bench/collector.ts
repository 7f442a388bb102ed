import {
  issueOf,
  numbered,
  pullRequestOf,
  repositoryOf,
  user,
  type GitHubModel,
} from "../support/github-model.ts";
import { startCollector } from "../support/github-collector.ts";
import type { Measurement } from "./measure.ts";

const repositories = 100;
const pullRequests = 50;

/** What a tick asks of GitHub for many repositories, as many with issues too, and idle ones. */
export async function benchCollector(): Promise<Measurement[]> {
  return [
    ...(await measure(
      `${repositories} repositories x ${pullRequests} pull requests`,
      modelOf(pullRequests, 0),
      true,
    )),
    ...(await measure("the same and 50 issues each", modelOf(pullRequests, 50), false)),
    ...(await measure(`${repositories} idle repositories`, modelOf(0, 0), false)),
  ];
}

function modelOf(open: number, issues: number): GitHubModel {
  const labels = ["bug", "dependencies"];
  return {
    repositories: numbered(repositories, (number) =>
      repositoryOf(`acme/repository-${number}`, {
        pullRequests: numbered(open, (each) => pullRequestOf(each, { labels, reviewers: [user("bob")] })),
        issues: numbered(issues, (each) => issueOf(each, { labels })),
      }),
    ),
  };
}

async function measure(name: string, model: GitHubModel, hasAim: boolean): Promise<Measurement[]> {
  await using collector = await startCollector({ model });
  const { repositories: collected } = await collector.collect();
  if (collected !== model.repositories.length) throw new Error(`${collected} repositories were collected`);
  const { requests, spent } = collector.github;
  const aim = (most: number): { aim?: string } => (hasAim ? { aim: `<= ${most}` } : {});
  return [
    { name: `collect ${name}: requests`, value: requests.length, unit: "", ...aim(40) },
    { name: `collect ${name}: GraphQL points`, value: spent(), unit: "", ...aim(400) },
  ];
}
