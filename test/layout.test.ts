import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");

/** Every source file below a folder, by its path from the root. */
function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => posix.join(folder, path.replaceAll("\\", "/")));
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");
const withoutComments = (code: string): string => code.replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");

/** What a file imports or re-exports: paths from the root, or the names of packages. */
function importsOf(path: string): string[] {
  const statements = read(path).matchAll(/(?:^|\s)(?:import|from)\s*\(?\s*"([^"]+)"/g);
  return [...statements].map(([, name = ""]) =>
    name.startsWith(".") ? posix.join(posix.dirname(path), name) : name,
  );
}

const lib = sourcesIn("lib");
const product = [...lib, ...sourcesIn("functions"), ...sourcesIn("infra")];
const below = (folder: string): string[] => lib.filter((path) => posix.dirname(path) === folder);

/** The files of a table: what its `index.ts` takes from beside it, as values. */
const rowsOf = (folder: string): string[] =>
  importsOf(`${folder}/index.ts`).filter((path) => {
    const isBeside = posix.dirname(path) === folder;
    return (
      isBeside &&
      new RegExp(`import \\{[^}]*\\} from "\\./${posix.basename(path)}"`).test(read(`${folder}/index.ts`))
    );
  });

/** Imports of these files that the rule does not allow, as `file -> import`. */
const breaches = (files: readonly string[], isBreach: (imported: string) => boolean): string[] =>
  files.flatMap((path) =>
    importsOf(path)
      .filter((imported) => imported !== path && isBreach(imported))
      .map((imported) => `${path} -> ${imported}`),
  );

it("the files and their imports are found", () => {
  expect(lib.length).toBeGreaterThan(20);
  expect(importsOf("lib/formats/index.ts")).toContain("lib/formats/hydrant.ts");
  expect(rowsOf("lib/formats")).toContain("lib/formats/mackerel.ts");
  expect(rowsOf("lib/destinations")).toEqual(["lib/destinations/datadog.ts", "lib/destinations/mackerel.ts"]);
});

describe("a point stands between formats and destinations:", () => {
  it("lib/point.ts imports nothing", () => {
    expect(importsOf("lib/point.ts")).toEqual([]);
  });

  it("formats know points and how to read bytes, and nothing else of the library", () => {
    const known = /^(?:node:.+|lib\/(?:point|gunzip)\.ts|lib\/formats\/[^/]+)$/;
    expect(breaches(below("lib/formats"), (imported) => !known.test(imported))).toEqual([]);
  });

  it("no destination knows a format", () => {
    const others = /^lib\/(?:formats|firehose|http)\//;
    expect(breaches(below("lib/destinations"), (imported) => others.test(imported))).toEqual([]);
  });

  it.each([
    ["lib/formats", []],
    ["lib/destinations", []],
  ])("in %s one row of the table never imports another", (folder, allowed) => {
    const others = [...rowsOf(folder), `${folder}/index.ts`];
    expect(breaches(rowsOf(folder), (imported) => others.includes(imported))).toEqual(allowed);
  });
});

describe("the library", () => {
  it("never imports a host", () => {
    expect(breaches(lib, (imported) => /^(?:functions|infra|test)\//.test(imported))).toEqual([]);
  });

  it("knows of Lambda's events only in lib/http", () => {
    const others = lib.filter((path) => !path.startsWith("lib/http/"));
    expect(breaches(others, (imported) => imported === "aws-lambda")).toEqual([]);
  });
});

describe("only the files that are named for it", () => {
  const rows: [string, RegExp, readonly string[]][] = [
    [
      "read the environment",
      /process\.env/,
      ["infra/local/hydrant.ts", "infra/aws/app.ts", ...sourcesIn("functions")],
    ],
    ["send a request", /\bfetch\(|\bhttps?\.(?:request|get)\(/, ["lib/http/post.ts"]],
    ["ask what time it is", /\bDate\.now\(|\bnew Date\(\)|performance\.now\(/, ["lib/clock.ts"]],
  ];
  it.each(rows)("%s", (_, pattern, named) => {
    expect(
      product.filter((path) => pattern.test(withoutComments(read(path))) && !named.includes(path)),
    ).toEqual([]);
  });
});

describe("every file", () => {
  it("is imported with its ending, and exports by name", () => {
    const withoutEnding = /^(?:lib|functions|infra|test)\/.*(?<!\.ts|\.json)$/;
    expect(breaches(product, (imported) => withoutEnding.test(imported))).toEqual([]);
    expect(product.filter((path) => /^export default/m.test(read(path)))).toEqual([]);
  });

  it("of the functions exports its handler alone", () => {
    for (const path of sourcesIn("functions")) {
      expect(read(path).match(/^export .*/gm)).toEqual([
        expect.stringMatching(/^export const handler = middy\(/),
      ]);
    }
  });
});
