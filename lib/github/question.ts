import type { Refusal } from "./answer.ts";
import { fragmentsOf } from "./fragments.ts";
import type { Visit } from "./visit.ts";

/** One field of a query, asked under an alias beside others. */
export interface Question {
  readonly visit: Visit;
  /** What it takes of a query: about how many nodes it lists. */
  readonly weight: number;
  readonly field: string;
  /** Reads the field's value; gives what is to be asked because of it. Fails the visit where the value is not whole. */
  accept(value: unknown): readonly Question[];
  /** Does without what GitHub does not find any more. Where a question does not know how, its visit fails. */
  absent?(): void;
  /** What is to be asked before the visit fails for a missing permission; where nothing is, it fails at once. */
  refused?(refusal: Refusal): readonly Question[];
  /** The same with less in it; undefined where it is as little as it may be. */
  halved(): Question | undefined;
}

export const aliasOf = (index: number): string => `q${index}`;

/** One query for several questions, each under its alias. */
export function queryOf(questions: readonly Question[], hasTeams: boolean): string {
  const fields = questions.map(({ field }, index) => `${aliasOf(index)}: ${field}`);
  const query = `query Hydrant {\n${["rateLimit { cost }", ...fields].join("\n")}\n}`;
  return [query, ...fragmentsOf(query, hasTeams)].join("\n");
}

/** Questions from the front that go into one query: at least one, and else no more than the weight. */
export function takeQuery(questions: Question[], maxWeight: number): Question[] {
  let weight = 0;
  let count = 0;
  for (const question of questions) {
    weight += question.weight;
    if (count > 0 && weight > maxWeight) break;
    count += 1;
  }
  return questions.splice(0, count);
}
