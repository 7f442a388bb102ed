import type { Failure } from "../collector.ts";
import type { OpenIssue, OpenPullRequest, Repository } from "./open.ts";

/** What is asked about one owner or repository during one tick, until all is answered or something failed. */
export class Visit {
  readonly subject: string;
  /** Why it fails where GitHub finds nothing under its name. */
  readonly absence: string;
  /** Reviews are requested of somebody whom the sign-in may not read: a team. */
  hidesReviewers = false;
  #unanswered = 0;
  #failure: string | undefined;

  constructor(subject: string, absence: string) {
    this.subject = subject;
    this.absence = absence;
  }

  /** One question more, or with a negative number fewer. */
  expect(questions: number): void {
    this.#unanswered += questions;
  }

  /** The first reason stays. */
  fail(reason: string): void {
    this.#failure ??= reason;
  }

  get isFailed(): boolean {
    return this.#failure !== undefined;
  }

  get isComplete(): boolean {
    return !this.isFailed && this.#unanswered === 0;
  }

  get failures(): readonly Failure[] {
    return this.#failure === undefined ? [] : [{ subject: this.subject, reason: this.#failure }];
  }
}

/** An owner of whom all repositories are collected. */
export class OwnerVisit extends Visit {
  /** How many were listed so far that are not archived. */
  repositories = 0;

  constructor(subject: string) {
    super(subject, "there is no such user or organisation, or the sign-in may not see it");
  }
}

const noRepository =
  "GitHub finds no such repository: it is misspelt or gone, or the sign-in may not see it " +
  "(a fine-grained token must select it, with Metadata: read; an App must be installed on it)";

/** A repository with what came of it so far. */
export class RepositoryVisit extends Visit implements Repository {
  readonly pullRequests: OpenPullRequest[] = [];
  readonly issues: OpenIssue[] = [];
  /** Two names of one repository: it counts once. */
  isDuplicate = false;
  #name: string | undefined;

  constructor(subject: string) {
    super(subject, noRepository);
  }

  get name(): string {
    return this.#name ?? this.subject;
  }

  get isNamed(): boolean {
    return this.#name !== undefined;
  }

  /** Whether GitHub has another name for it; it takes names in any case for the same. */
  get isRenamed(): boolean {
    return this.name.toLowerCase() !== this.subject.toLowerCase();
  }

  /** The name that GitHub answers with, which is another after a rename. */
  rename(name: string): void {
    this.#name = name;
  }

  /** Takes back an issue or pull request that was read. */
  drop(gone: OpenIssue): void {
    const lists: readonly OpenIssue[][] = [this.pullRequests, this.issues];
    for (const list of lists) {
      const place = list.indexOf(gone);
      if (place >= 0) list.splice(place, 1);
    }
  }
}
