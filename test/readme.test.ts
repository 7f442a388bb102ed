import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { ConfigError, readConfig } from "../lib/config.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The variables that the configuration asks an environment for, whichever way the collector signs in. */
function variablesRead(): Set<string> {
  const asked = new Set<string>();
  for (const signIn of [{}, { GITHUB_APP_ID: "1" }]) {
    const env = new Proxy<Record<string, string>>(
      { GITHUB_REPOSITORIES: "acme/web", ...signIn },
      {
        get(values, variable) {
          asked.add(String(variable));
          return values[String(variable)];
        },
      },
    );
    try {
      readConfig(env);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
    }
  }
  return asked;
}

/** The variables in the first column of the configuration table. */
function variablesDocumented(): Set<string> {
  const section = /^## Configuration\n(.*?)^## /ms.exec(readme)?.[1] ?? "";
  const cells = section.split("\n").map((line) => /^\| ([^|]*) \|/.exec(line)?.[1] ?? "");
  return new Set(
    cells.flatMap((cell) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, variable]) => variable ?? "")),
  );
}

describe("the README", () => {
  it("documents every variable that the configuration reads, and no other", () => {
    expect([...variablesDocumented()].toSorted()).toEqual([...variablesRead()].toSorted());
  });

  it("has every folder of the code and every file of lib/ in its map", () => {
    const map = /^## The code\n.*?```\n(.*?)```/ms.exec(readme)?.[1] ?? "";
    const entries = ["lib", "infra", "test"].flatMap((folder) =>
      readdirSync(new URL(`../${folder}`, import.meta.url), { withFileTypes: true }).map((entry) => ({
        folder,
        isFolder: entry.isDirectory(),
        name: entry.isDirectory() ? `${entry.name}/` : entry.name,
      })),
    );
    const mirrors = ["test/functions/", "test/infra/", "test/lib/"];
    const wanted = entries
      .filter(({ folder, isFolder, name }) => isFolder || (folder === "lib" && name.endsWith(".ts")))
      .filter(({ folder, name }) => !mirrors.includes(`${folder}/${name}`));
    expect(wanted.map(({ name }) => name).filter((name) => !map.includes(name))).toEqual([]);
  });

  it("names only scripts that there are", () => {
    const { scripts } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name ?? "");
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
