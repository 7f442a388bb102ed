import { judgeErrors, refusalReason, type Answer, type Verdict } from "./answer.ts";
import type { LimitedAnswer } from "./github-api.ts";
import { aliasOf, queryOf, takeQuery, type Question } from "./question.ts";

/** The part of `GitHubApi` that asking needs. */
export interface Api {
  query(query: string, signal: AbortSignal): Promise<LimitedAnswer>;
}

export interface AskReport {
  readonly queries: number;
  /** Points of the rate limit: those that were spent, and those that are left. */
  readonly cost: number;
  readonly remaining?: number | undefined;
  readonly hasTeams: boolean;
  /** Why asking ended before everything was answered. */
  readonly over?: string | undefined;
}

/**
 * About how many nodes a query lists. GitHub ends a query after 10 s, and two full pages with their labels, reviewers
 * and assignees take a few; in nodes, as GitHub counts them, that is under 3 % of its limit.
 */
const maxQueryWeight = 220;
const minQueryWeight = 25;

/** Halving 220 down to one question takes 8 queries; with so many in vain, GitHub is down. */
const maxFailuresInRow = 12;
const maxTries = 3;

/**
 * Asks all questions, and those that the answers lead to, in as few queries as fit; one after the other, as GitHub
 * wishes. Each ends answered, failed, or unanswered when asking is over.
 * Source: https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
 */
export async function askAll(
  questions: readonly Question[],
  parts: { readonly api: Api; readonly signal: AbortSignal; readonly onProgress: () => void },
): Promise<AskReport> {
  const asking = new Asking(parts);
  asking.add(questions);
  await asking.run();
  return asking;
}

type AskParts = Parameters<typeof askAll>[1];

class Asking implements AskReport {
  queries = 0;
  cost = 0;
  remaining?: number | undefined;
  hasTeams = true;
  over?: string | undefined;
  readonly #parts: AskParts;
  readonly #waiting: Question[] = [];
  #maxWeight = maxQueryWeight;
  #failuresInRow = 0;

  constructor(parts: AskParts) {
    this.#parts = parts;
  }

  /** In front, so that what was begun is soon complete: if asking ends early, the most repositories are whole. */
  add(questions: readonly Question[]): void {
    for (const { visit } of questions) visit.expect(1);
    this.#waiting.unshift(...questions);
  }

  async run(): Promise<void> {
    while (this.#waiting.length > 0 && this.over === undefined) {
      const asked = takeQuery(this.#waiting, this.#maxWeight).filter(({ visit }) => !visit.isFailed);
      if (asked.length > 0) await this.#ask(asked, 1);
      this.#parts.onProgress();
    }
  }

  async #ask(questions: readonly Question[], tries: number): Promise<void> {
    if (this.over !== undefined) return;
    const answer = await this.#parts.api.query(queryOf(questions, this.hasTeams), this.#parts.signal);
    this.queries += 1;
    this.remaining = answer.remaining ?? this.remaining;
    switch (answer.kind) {
      case "answered":
        return this.#accept(questions, answer, tries);
      case "too-heavy":
        return this.#askSmaller(questions, answer.reason, tries);
      case "teams-unreadable":
        if (!this.hasTeams) this.over = "GitHub refused the query: the token's scopes are not enough";
        this.hasTeams = false;
        return this.#ask(questions, tries);
      case "over":
        this.over = answer.reason;
        return undefined;
      default:
        return answer satisfies never;
    }
  }

  async #accept(
    questions: readonly Question[],
    { values, errors, cost }: Extract<Answer, { kind: "answered" }>,
    tries: number,
  ): Promise<void> {
    this.#failuresInRow = 0;
    this.cost += cost;
    const further: Question[] = [];
    for (const [index, question] of questions.entries()) {
      const alias = aliasOf(index);
      const verdict = judgeErrors(errors.get(alias) ?? []);
      if (verdict.kind === "again") {
        await this.#askSmaller([question], verdict.reason, tries);
        continue;
      }
      further.push(...conclude(question, verdict, values[alias]));
      question.visit.expect(-1);
    }
    this.add(further);
  }

  /** What was too heavy together is asked in halves; what fails alone and small is given up. */
  async #askSmaller(questions: readonly Question[], reason: string, tries: number): Promise<void> {
    this.#maxWeight = Math.max(minQueryWeight, this.#maxWeight / 2);
    this.#failuresInRow += 1;
    if (this.#failuresInRow > maxFailuresInRow) {
      this.over = `GitHub failed ${this.#failuresInRow} times in a row, the last time with: ${reason}`;
      return;
    }
    const [question, ...others] = questions;
    if (question === undefined) return;
    if (others.length > 0) {
      const middle = Math.ceil(questions.length / 2);
      await this.#ask(questions.slice(0, middle), 1);
      await this.#ask(questions.slice(middle), 1);
      return;
    }
    const smaller = question.halved();
    if (smaller) await this.#ask([smaller], 1);
    else if (tries < maxTries) await this.#ask([question], tries + 1);
    else question.visit.fail(`GitHub failed: ${reason}`);
  }
}

/** Ends a question as its verdict says; gives what is to be asked because of it. */
function conclude(
  question: Question,
  verdict: Exclude<Verdict, { kind: "again" }>,
  value: unknown,
): readonly Question[] {
  const { visit } = question;
  switch (verdict.kind) {
    case "fine":
      visit.hidesReviewers ||= verdict.hidesReviewers;
      return question.accept(value);
    case "absent":
      if (question.absent) question.absent();
      else visit.fail(visit.absence);
      return [];
    case "refused": {
      const further = question.refused?.(verdict) ?? [];
      if (further.length === 0) visit.fail(refusalReason(verdict));
      return further;
    }
    default:
      return verdict satisfies never;
  }
}
