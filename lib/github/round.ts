import type { Failure } from "../collector.ts";
import { ownerQuestion } from "./owner-question.ts";
import type { Question } from "./question.ts";
import { repositoryQuestion } from "./repository-question.ts";
import { OwnerVisit, RepositoryVisit, type Visit } from "./visit.ts";

export interface Progress {
  /** Repositories that are answered, and all that are known so far. */
  readonly done: number;
  readonly known: number;
}

/** Makes the first question about a repository; `isFirst` says whether no other name led to it before. */
export type RepositoryAsker = (visit: RepositoryVisit, isFirst: (fullName: string) => boolean) => Question;

/** All visits of one tick: the owners and repositories that are configured, and those that the owners lead to. */
export class Round {
  /** What is asked first; the answers lead to the rest. */
  readonly questions: readonly Question[];
  readonly owners: OwnerVisit[] = [];
  readonly repositories: RepositoryVisit[] = [];
  readonly #known = new Set<string>();
  readonly #answered = new Set<string>();
  readonly #ask: RepositoryAsker;

  constructor(configured: readonly string[], ask: RepositoryAsker = repositoryQuestion) {
    this.#ask = ask;
    this.questions = configured.flatMap((name) =>
      name.endsWith("/*") ? this.#visitOwner(name) : this.#visitRepository(name),
    );
  }

  /** Those of which every page came, each once. */
  get collected(): readonly RepositoryVisit[] {
    return this.repositories.filter(({ isComplete, isDuplicate }) => isComplete && !isDuplicate);
  }

  get progress(): Progress {
    const done = this.repositories.filter(({ isComplete, isFailed }) => isComplete || isFailed);
    return { done: done.length, known: this.repositories.length };
  }

  /** What is missing: what failed, and where asking ended early, what was not answered by then. */
  failures(over: string | undefined): readonly Failure[] {
    const visits: readonly Visit[] = [...this.owners, ...this.repositories];
    for (const visit of visits) {
      if (!visit.isComplete) visit.fail(over ?? "GitHub's answers did not come to an end");
    }
    return visits.flatMap(({ failures }) => failures);
  }

  #visitOwner(subject: string): Question[] {
    const visit = new OwnerVisit(subject);
    this.owners.push(visit);
    return [ownerQuestion(visit, (name) => this.#visitRepository(name))];
  }

  #visitRepository(name: string): Question[] {
    if (!isNew(this.#known, name)) return [];
    const visit = new RepositoryVisit(name);
    this.repositories.push(visit);
    return [this.#ask(visit, (fullName) => isNew(this.#answered, fullName))];
  }
}

/** GitHub takes names in any case for the same. */
function isNew(names: Set<string>, name: string): boolean {
  const before = names.size;
  return names.add(name.toLowerCase()).size > before;
}
