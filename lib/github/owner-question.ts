import { pageInfo } from "./fragments.ts";
import type { Connection, Maybe } from "./nodes.ts";
import type { Question } from "./question.ts";
import type { OwnerVisit } from "./visit.ts";

const first = 100;

const leftOut = "GitHub left out some of its repositories without saying why";

type Value = Maybe<{
  readonly repositories: Maybe<Connection<{ readonly nameWithOwner: string; readonly isArchived: boolean }>>;
}>;

/** The repositories that a user or an organisation owns, but for archived ones: each name leads to a question. */
export function ownerQuestion(
  visit: OwnerVisit,
  toQuestions: (fullName: string) => readonly Question[],
  after?: string,
): Question {
  const login = visit.subject.slice(0, visit.subject.indexOf("/"));
  const place = after === undefined ? "" : `, after: ${JSON.stringify(after)}`;
  const order = "ownerAffiliations: [OWNER], orderBy: { field: NAME, direction: ASC }";
  const list = `repositories(first: ${first}${place}, ${order}) { ${pageInfo} nodes { nameWithOwner isArchived } }`;
  return {
    visit,
    weight: first / 2,
    field: `repositoryOwner(login: ${JSON.stringify(login)}) { ${list} }`,
    accept: (value) => accept(visit, toQuestions, value as Value),
    halved: () => undefined,
  };
}

function accept(
  visit: OwnerVisit,
  toQuestions: (fullName: string) => readonly Question[],
  value: Value,
): readonly Question[] {
  if (!value) {
    visit.fail(visit.absence);
    return [];
  }
  const { nodes, pageInfo: next } = value.repositories ?? {};
  if (!nodes || !next || (next.hasNextPage && !next.endCursor)) {
    visit.fail(leftOut);
    return [];
  }
  if (nodes.includes(null)) visit.fail(leftOut);
  const names = nodes.flatMap((node) => (node && !node.isArchived ? [node.nameWithOwner] : []));
  visit.repositories += names.length;
  const further =
    next.hasNextPage && next.endCursor ? [ownerQuestion(visit, toQuestions, next.endCursor)] : [];
  return [...further, ...names.flatMap(toQuestions)];
}
