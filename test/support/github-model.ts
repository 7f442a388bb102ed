export interface ModelActor {
  readonly type: "User" | "Bot" | "Mannequin" | "Organization" | "EnterpriseUserAccount";
  readonly login: string;
}

export interface ModelTeam {
  readonly type: "Team";
  readonly slug: string;
}

/** Null is what GitHub does not tell. */
export interface ModelIssue {
  readonly number: number;
  readonly author: ModelActor | null;
  readonly labels: readonly (string | null)[] | null;
  readonly assignees: readonly (string | null)[];
}

export interface ModelPullRequest extends ModelIssue {
  readonly isDraft: boolean;
  readonly reviewers: readonly (ModelActor | ModelTeam | null | "forbidden" | "no-request")[] | null;
}

export interface ModelRepository {
  readonly owner: string;
  readonly name: string;
  /** `owner/name` that lead here too. */
  readonly formerNames?: readonly string[];
  readonly isArchived?: boolean;
  /** What the sign-in may not read. */
  readonly forbidden?: readonly ("pullRequests" | "issues")[];
  /** Open ones, oldest first. */
  pullRequests: readonly ModelPullRequest[];
  issues: readonly ModelIssue[];
}

/** What GitHub holds; a test changes it as users would. */
export interface GitHubModel {
  repositories: ModelRepository[];
  /** Owners of whom the sign-in may see nothing but that they are there. */
  readonly owners?: readonly string[];
}

export const user = (login: string): ModelActor => ({ type: "User", login });
export const bot = (login: string): ModelActor => ({ type: "Bot", login });

export function issueOf(number: number, members: Partial<ModelIssue> = {}): ModelIssue {
  return { number, author: user("alice"), labels: [], assignees: [], ...members };
}

export function pullRequestOf(number: number, members: Partial<ModelPullRequest> = {}): ModelPullRequest {
  return { ...issueOf(number), isDraft: false, reviewers: [], ...members };
}

export function repositoryOf(fullName: string, members: Partial<ModelRepository> = {}): ModelRepository {
  const [owner = "", name = ""] = fullName.split("/");
  return { owner, name, pullRequests: [], issues: [], ...members };
}

/** As many as asked for, numbered from 1. */
export function numbered<T>(count: number, make: (number: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index + 1));
}
