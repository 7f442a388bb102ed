import type { Failure } from "../collector.ts";
import type { OpenIssue, OpenPullRequest, Repository } from "./open.ts";

/** What is asked about one owner or repository during one tick, until all is answered or something failed. */
export class Visit {
  readonly subject: string;
  #unanswered = 0;
  #failure: string | undefined;

  constructor(subject: string) {
    this.subject = subject;
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

/** A repository with what came of it so far. */
export class RepositoryVisit extends Visit implements Repository {
  readonly pullRequests: OpenPullRequest[] = [];
  readonly issues: OpenIssue[] = [];
  /** Two names of one repository: it counts once. */
  isDuplicate = false;
  #name: string;

  constructor(subject: string) {
    super(subject);
    this.#name = subject;
  }

  get name(): string {
    return this.#name;
  }

  /** The name that GitHub answers with, which is another after a rename. */
  rename(name: string): void {
    this.#name = name;
  }
}
