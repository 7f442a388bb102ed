import * as fc from "fast-check";
import { lambdaEvents } from "./lambda-events.ts";

const oddMethods = ["TRACE", "CONNECT", "GET", "post", "POST ", ""];
const oddPaths = ["../..", "//elsewhere.example/mackerel", "/%", "/\\", "/?#", "%00"];
const oddTexts = [
  "プルリクエスト",
  "a\r\nb",
  "\0",
  "\u{1f4a5}",
  "\ud800",
  " ",
  "\u0080",
  "1e999",
  "__proto__",
];

const value = fc.oneof(
  fc.constantFrom(...oddMethods, ...oddPaths, ...oddTexts),
  fc.string({ unit: "binary" }),
  fc.jsonValue(),
  fc.constant(undefined),
);

const edit = fc.record({ at: fc.nat(), name: fc.option(value), value });

type Edit = { readonly at: number; readonly name: unknown; readonly value: unknown };

/** Any JSON, and ready events in which some members were replaced, removed or added. */
export const anyEvent: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 1, arbitrary: fc.jsonValue() },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...lambdaEvents().values()), fc.array(edit, { maxLength: 5 }))
      .map(([text, edits]) => {
        const event = JSON.parse(text) as object;
        for (const each of edits) apply(event, each);
        return event;
      }),
  },
);

function apply(event: object, { at, name, value: next }: Edit): void {
  const places = placesIn(event);
  const [holder, key] = places[at % places.length] ?? [event, "body"];
  const isNew = typeof name === "string" && !Array.isArray(holder);
  // As `JSON.parse` does, which makes a plain member of `__proto__` too.
  const member = { value: next, enumerable: true, writable: true, configurable: true };
  Object.defineProperty(holder, isNew ? name : key, member);
}

/** Every member in the tree, with the object that holds it. */
function placesIn(holder: object): [object, string][] {
  return Object.entries(holder).flatMap(([key, child]: [string, unknown]) => [
    [holder, key] as [object, string],
    ...(typeof child === "object" && child !== null ? placesIn(child) : []),
  ]);
}
