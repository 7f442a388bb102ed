import { createPrivateKey } from "node:crypto";
import type { Reader } from "./reader.ts";

/** How to sign in at GitHub: with somebody's token, or as an App where it is installed. */
export type SignIn =
  | { readonly kind: "token"; readonly token: string }
  | {
      readonly kind: "app";
      readonly appId: string;
      /** PEM. */
      readonly privateKey: string;
      readonly installationId: number;
    };

export interface GitHubConfig {
  /** `owner/name`, or `owner/*` for all of an owner's. */
  readonly repositories: readonly string[];
  readonly signIn: SignIn;
  /** Of the REST API; the GraphQL API's follows from it. */
  readonly apiUrl: string;
  /** One series more for each pull request. */
  readonly hasDetail: boolean;
}

const githubApiUrl = "https://api.github.com";

/** Owners and repositories, and `*` for all of an owner's. A name of dots alone is none. */
const repositoryRule = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})\/(?:\*|(?!\.{1,2}$)[A-Za-z0-9._-]{1,100})$/;

/** Nothing where no repositories are named: a token alone is common in environments, and asks for nothing. */
export function readGitHub(read: Reader): GitHubConfig | undefined {
  const repositories = [...new Set(read.list("GITHUB_REPOSITORIES"))];
  for (const each of repositories) {
    read.check("GITHUB_REPOSITORIES", each, repositoryRule, "owner/name or owner/*, separated by commas");
  }
  const apiUrl = read.url("GITHUB_API_URL", githubApiUrl);
  const hasDetail = read.flag("GITHUB_DETAIL");
  if (repositories.length === 0) return undefined;
  const signIn = readSignIn(read);
  return signIn && { repositories, signIn, apiUrl, hasDetail };
}

/** The variables that `readGitHub` reads back as the same. */
export function writeGitHub({
  repositories,
  signIn,
  apiUrl,
  hasDetail,
}: GitHubConfig): Record<string, string> {
  return {
    GITHUB_REPOSITORIES: repositories.join(","),
    ...(signIn.kind === "token"
      ? { GITHUB_TOKEN: signIn.token }
      : {
          GITHUB_APP_ID: signIn.appId,
          GITHUB_APP_PRIVATE_KEY: signIn.privateKey,
          GITHUB_APP_INSTALLATION_ID: String(signIn.installationId),
        }),
    GITHUB_API_URL: apiUrl,
    GITHUB_DETAIL: hasDetail ? "1" : "",
  };
}

/** An App goes before a token, since GitHub's own runners set a token that nobody chose. */
function readSignIn(read: Reader): SignIn | undefined {
  const [id, key, installation] = ["GITHUB_APP_ID", "GITHUB_APP_PRIVATE_KEY", "GITHUB_APP_INSTALLATION_ID"];
  if ([id, key, installation].some((variable) => read.text(variable ?? "") !== undefined))
    return readApp(read);
  const token = read.secret(read.first("GITHUB_TOKEN"));
  if (token !== undefined) return { kind: "token", token };
  read.problems.push(
    "GITHUB_TOKEN must be a token that may read the repositories, or GITHUB_APP_ID, GITHUB_APP_PRIVATE_KEY " +
      "and GITHUB_APP_INSTALLATION_ID those of an App; none is set",
  );
  return undefined;
}

function readApp(read: Reader): SignIn | undefined {
  const appId = read.text("GITHUB_APP_ID");
  const privateKey = readPrivateKey(read);
  const installationId = read.integer("GITHUB_APP_INSTALLATION_ID", 0, 1, Number.MAX_SAFE_INTEGER);
  if (appId === undefined)
    read.problems.push("GITHUB_APP_ID must be the App's id or client id; it is not set");
  else read.check("GITHUB_APP_ID", appId, /^[A-Za-z0-9.]+$/, "the App's id or client id");
  if (read.text("GITHUB_APP_INSTALLATION_ID") === undefined) {
    read.problems.push(
      "GITHUB_APP_INSTALLATION_ID must be the number at the end of the installation's address; it is not set",
    );
  }
  if (appId === undefined || privateKey === undefined || installationId === 0) return undefined;
  return { kind: "app", appId, privateKey, installationId };
}

/** With real or `\n`-escaped line ends, as PKCS#1 (which GitHub hands out) or PKCS#8. */
function readPrivateKey(read: Reader): string | undefined {
  const privateKey = read
    .text("GITHUB_APP_PRIVATE_KEY")
    ?.replaceAll(String.raw`\n`, "\n")
    .trim();
  const rule = "GITHUB_APP_PRIVATE_KEY must be the private key (PEM, RSA) that GitHub made for the App";
  if (privateKey === undefined) read.problems.push(`${rule}; it is not set`);
  else if (!isRsaKey(privateKey)) read.problems.push(`${rule}; it cannot be read as one: ${keyAdvice}`);
  return privateKey;
}

/** Of several lines without quotes, `.env` gives the first. */
const keyAdvice = String.raw`in .env, put double quotes around all its lines, or write it as one line with \n where each ends`;

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === "rsa";
  } catch {
    return false;
  }
}
