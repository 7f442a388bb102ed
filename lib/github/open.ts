/** Who did something: a user, or an app's bot. */
export interface Account {
  readonly login: string;
  readonly isBot: boolean;
}

export interface OpenIssue {
  readonly number: number;
  readonly author: Account;
  readonly labels: string[];
  readonly assignees: string[];
}

export interface OpenPullRequest extends OpenIssue {
  readonly isDraft: boolean;
  /** Whose review is requested: users, bots and mannequins. */
  readonly reviewers: Account[];
  /** Whose review is requested: `organisation/team`, or `unreadable`. */
  readonly teams: string[];
}

/** What is listed of a repository. */
export type ListKind = "pullRequests" | "issues";

/** A repository of which every page came. */
export interface Repository {
  /** `owner/name`, as GitHub spells it. */
  readonly name: string;
  readonly pullRequests: readonly OpenPullRequest[];
  readonly issues: readonly OpenIssue[];
}

/** Who stands for accounts that were deleted. Source: https://github.com/ghost */
export const ghost: Account = { login: "ghost", isBot: false };

/** Stands for reviewers that GitHub does not tell the sign-in, which are nearly always teams. */
export const unreadableTeam = "unreadable";
