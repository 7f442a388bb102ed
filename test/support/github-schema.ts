import { readFileSync } from "node:fs";
import { buildSchema, GraphQLError, Kind, parse, validate, visit } from "graphql";
import type {
  DocumentNode,
  FieldNode,
  FragmentDefinitionNode,
  GraphQLSchema,
  SelectionSetNode,
} from "graphql";

const path = new URL("schema.graphql", import.meta.resolve("@octokit/graphql-schema"));

/** GitHub's published schema. It deprecates fields that their interfaces do not, which only this library minds. */
export const githubSchema: GraphQLSchema = buildSchema(readFileSync(path, "utf8"), {
  assumeValid: true,
  assumeValidSDL: true,
  noLocation: true,
});

/** The query as a document, or why the schema refuses it. */
export function readQuery(query: string): DocumentNode | readonly GraphQLError[] {
  try {
    const document = parse(query);
    const errors = validate(githubSchema, document);
    return errors.length > 0 ? errors : document;
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

export interface Price {
  /** Points of the rate limit. */
  readonly cost: number;
  readonly nodes: number;
}

/**
 * What a query costs by GitHub's formula: each connection asked once for every node of the ones around it, the sum
 * divided by 100; and the nodes it may answer.
 * Source: https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
 */
export function priceOf(document: DocumentNode): Price {
  const fragments = fragmentsOf(document);
  let [requests, nodes] = [0, 0];
  const walk = (selections: SelectionSetNode | undefined, times: number): void => {
    for (const selection of selections?.selections ?? []) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        walk(fragments.get(selection.name.value)?.selectionSet, times);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet, times);
      } else {
        const first = firstOf(selection);
        if (first !== undefined) [requests, nodes] = [requests + times, nodes + times * first];
        walk(selection.selectionSet, times * (first ?? 1));
      }
    }
  };
  visit(document, { OperationDefinition: (operation) => walk(operation.selectionSet, 1) });
  return { cost: Math.max(1, Math.round(requests / 100)), nodes };
}

function fragmentsOf(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION);
  return new Map(fragments.map((each) => [each.name.value, each]));
}

function firstOf({ arguments: given }: FieldNode): number | undefined {
  const value = given?.find(({ name }) => name.value === "first")?.value;
  return value?.kind === Kind.INT ? Number(value.value) : undefined;
}
