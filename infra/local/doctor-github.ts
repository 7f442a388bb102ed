import type { Clock } from "../../lib/clock.ts";
import type { Config, GitHubConfig } from "../../lib/config.ts";
import { askAll } from "../../lib/github/ask.ts";
import { GitHubApi } from "../../lib/github/github-api.ts";
import { probeQuestion } from "../../lib/github/probe-question.ts";
import { emptiness, renames, unreadableTeams } from "../../lib/github/remarks.ts";
import { Round } from "../../lib/github/round.ts";
import { sendInTime, type Fetch } from "../../lib/github/send-in-time.ts";
import type { OwnerVisit } from "../../lib/github/visit.ts";
import { fail, none, ok, type Finding } from "./finding.ts";

interface GitHubParts {
  readonly clock: Clock;
  readonly fetch: Fetch;
}

/** Who signs in, what the rate limit has left, and whether each repository can be read. */
export async function* checkGitHub(
  { github }: Config,
  { clock, fetch }: GitHubParts,
): AsyncGenerator<Finding> {
  if (github === undefined) {
    yield none("GitHub", "not configured: set GITHUB_REPOSITORIES, and GITHUB_TOKEN or GITHUB_APP_ID");
    return;
  }
  const api = new GitHubApi({ config: github, clock, fetch: sendInTime(fetch, clock) });
  const signIn = await checkSignIn(api);
  yield signIn;
  if (signIn.state === "ok") yield* checkRepositories(github, api);
}

interface SignedIn {
  readonly viewer?: { readonly login: string };
  readonly rateLimit?: {
    readonly limit: number;
    readonly remaining: number;
    readonly resetAt: string;
  } | null;
}

async function checkSignIn(api: GitHubApi): Promise<Finding> {
  const subject = "GitHub sign-in";
  const query = "query Hydrant { viewer { login } limit: rateLimit { limit remaining resetAt } }";
  const answer = await api.query(query, new AbortController().signal);
  if (answer.kind === "over") return fail(subject, answer.reason);
  if (answer.kind !== "answered") {
    return fail(
      subject,
      `GitHub failed${"reason" in answer ? `: ${answer.reason}` : ""}; check GITHUB_API_URL, or try again`,
    );
  }
  const { viewer, limit } = answer.values as { viewer: SignedIn["viewer"]; limit: SignedIn["rateLimit"] };
  const left = limit
    ? `${limit.remaining} of ${limit.limit} points of the rate limit left until ${limit.resetAt}`
    : "without a rate limit";
  return ok(subject, `${viewer?.login ?? "an App"}, ${left}`);
}

async function* checkRepositories({ repositories }: GitHubConfig, api: GitHubApi): AsyncGenerator<Finding> {
  const round = new Round(repositories, probeQuestion);
  const signal = new AbortController().signal;
  const report = await askAll(round.questions, { api, signal, onProgress: () => undefined });
  const failures = round.failures(report.over);
  for (const owner of round.owners) if (owner.isComplete) yield ownerFinding(owner);
  for (const { name } of round.collected) yield ok(`GitHub ${name}`, "pull requests and issues can be read");
  for (const { subject, reason } of failures) yield fail(`GitHub ${subject}`, reason);
  for (const rename of renames(round)) yield ok("GitHub", `${rename}: mend GITHUB_REPOSITORIES when you can`);
  for (const remark of unreadableTeams(round)) yield ok("GitHub teams", remark);
  if (report.hasTeams) return;
  yield ok(
    "GitHub teams",
    "cannot be read: give the token the scope read:org, or team:unreadable counts them",
  );
}

function ownerFinding({ subject, repositories: found }: OwnerVisit): Finding {
  if (found === 0) return fail(`GitHub ${subject}`, emptiness);
  return ok(
    `GitHub ${subject}`,
    found === 1 ? "1 repository is visible" : `${found} repositories are visible`,
  );
}
