import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ConfigError, readConfig, streamsOf, writeConfig, type Config } from "../../lib/config.ts";
import { datadogSites } from "../../lib/destinations/datadog-sites.ts";
import { runs } from "../support/runs.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** What is wrong with an environment. */
function problemsOf(env: Env): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const mackerelEnv = { MACKEREL_API_KEY: "mk", MACKEREL_SERVICE: "shop" };

describe("a configuration", () => {
  it("has a default for everything", () => {
    expect(readConfig({})).toMatchObject({
      name: "hydrant",
      datadog: undefined,
      mackerel: undefined,
      accessKeys: [],
      passthrough: false,
      mackerelApiUrl: "https://api.mackerelio.com",
      port: 4573,
      dataDir: ".hydrant",
      buffer: { seconds: 60, mebibytes: 1 },
      retrySeconds: 7200,
    });
  });

  it("takes an empty variable for one that is not set", () => {
    const names = Object.keys(writeConfig(readConfig({ ...mackerelEnv, DATADOG_API_KEY: "dk" })));
    for (const text of ["", "  "]) {
      expect(readConfig(Object.fromEntries(names.map((name) => [name, text])))).toEqual(readConfig({}));
    }
  });

  it("reads every variable", () => {
    const config = readConfig({
      HYDRANT_NAME: "acme-metrics",
      DATADOG_API_KEY: " dk ",
      DATADOG_SITE: "ap1.datadoghq.com",
      DATADOG_HISTORICAL: "a.b, c",
      ...mackerelEnv,
      MACKEREL_SERVICES: "stock, shop ,",
      MACKEREL_API_URL: "http://127.0.0.1:8080/",
      HYDRANT_ACCESS_KEYS: "new , old",
      HYDRANT_PASSTHROUGH: "1",
      HYDRANT_PORT: "0",
      HYDRANT_DATA_DIR: "/var/hydrant",
      BUFFER_SECONDS: "0",
      BUFFER_MEBIBYTES: "3",
      RETRY_SECONDS: "0",
    });
    expect(config).toMatchObject({
      name: "acme-metrics",
      datadog: {
        apiKey: "dk",
        apiUrl: "https://api.ap1.datadoghq.com",
        site: "ap1.datadoghq.com",
        historical: ["a.b", "c"],
      },
      mackerel: {
        apiKey: "mk",
        apiUrl: "http://127.0.0.1:8080",
        service: "shop",
        services: ["shop", "stock"],
      },
      accessKeys: ["new", "old"],
      passthrough: true,
      mackerelApiUrl: "http://127.0.0.1:8080",
      port: 0,
      dataDir: "/var/hydrant",
      buffer: { seconds: 0, mebibytes: 3 },
      retrySeconds: 0,
    });
  });

  it.each([
    ["DATADOG_API_KEY", "DD_API_KEY", (config: Config) => config.datadog?.apiKey, "one", "two"],
    ["DATADOG_SITE", "DD_SITE", (config: Config) => config.datadog?.site, "datadoghq.eu", "ddog-gov.com"],
    ["MACKEREL_API_KEY", "MACKEREL_APIKEY", (config: Config) => config.mackerel?.apiKey, "one", "two"],
  ])("reads %s, and %s only without it", (variable, alias, read, one, two) => {
    const env = { DATADOG_API_KEY: "dk", MACKEREL_SERVICE: "shop", [alias]: two };
    const withoutKey = variable === "DATADOG_API_KEY" ? { ...env, DATADOG_API_KEY: "" } : env;
    expect(read(readConfig(withoutKey))).toBe(two);
    expect(read(readConfig({ ...withoutKey, [variable]: one }))).toBe(one);
  });

  it.each(datadogSites)("sends to the site %s", (site) => {
    expect(readConfig({ DD_API_KEY: "k", DD_SITE: site }).datadog?.apiUrl).toBe(`https://api.${site}`);
  });

  it.each([
    "https://proxy.test",
    "https://proxy.test/a/b",
    "http://localhost:1",
    "http://[::1]:1",
    "http://127.9.9.9",
  ])("sends to %s, which is https or this machine", (url) => {
    expect(readConfig({ DATADOG_API_KEY: "k", DATADOG_API_URL: url }).datadog?.apiUrl).toBe(url);
    expect(readConfig({ MACKEREL_API_URL: `${url}/` }).mackerelApiUrl).toBe(url);
  });

  it("makes a stream for each destination, and one for the preview without any", () => {
    expect(streamsOf(readConfig({}))).toEqual([{ name: "hydrant-preview", destination: "preview" }]);
    const both = readConfig({ ...mackerelEnv, DATADOG_API_KEY: "dk", HYDRANT_NAME: "a" });
    expect(streamsOf(both)).toEqual([
      { name: "a-datadog", destination: "datadog" },
      { name: "a-mackerel", destination: "mackerel" },
    ]);
  });
});

describe("what is wrong with a configuration", () => {
  const rows: [Env, string][] = [
    [{ HYDRANT_NAME: "a b" }, 'HYDRANT_NAME must be 1-40 letters, digits, _ or -; it is "a b"'],
    [{ HYDRANT_NAME: "n".repeat(41) }, "HYDRANT_NAME must be 1-40"],
    [{ DATADOG_SITE: "datadog.com" }, "DATADOG_SITE must be one of datadoghq.com, us3.datadoghq.com"],
    [{ DD_SITE: "evil.test" }, 'it is "evil.test"'],
    [
      { DATADOG_API_URL: "http://proxy.test" },
      "DATADOG_API_URL must be an https URL (http only to this machine)",
    ],
    [{ MACKEREL_API_URL: "http://127.0.0.1.evil.test" }, "MACKEREL_API_URL must be an https URL"],
    [{ MACKEREL_API_URL: "ftp://localhost" }, "MACKEREL_API_URL must be an https URL"],
    [{ MACKEREL_API_URL: "nonsense" }, 'it is "nonsense"'],
    [{ MACKEREL_API_URL: "https://host/?" }, "MACKEREL_API_URL must be an https URL"],
    [{ MACKEREL_API_KEY: "k" }, "MACKEREL_SERVICE must be the service that points go to; it is not set"],
    [
      { ...mackerelEnv, MACKEREL_SERVICE: "../hosts" },
      "MACKEREL_SERVICE must be 2-63 letters, digits, _ or -",
    ],
    [{ ...mackerelEnv, MACKEREL_SERVICES: "ok,_no" }, "MACKEREL_SERVICES must be names of 2-63"],
    [{ HYDRANT_PASSTHROUGH: "yes" }, 'HYDRANT_PASSTHROUGH must be 1 (on) or 0 (off); it is "yes"'],
    [{ HYDRANT_PORT: "65536" }, 'HYDRANT_PORT must be a whole number from 0 to 65535; it is "65536"'],
    [{ BUFFER_SECONDS: "901" }, "BUFFER_SECONDS must be a whole number from 0 to 900"],
    [{ BUFFER_MEBIBYTES: "4" }, "BUFFER_MEBIBYTES must be a whole number from 1 to 3"],
    [{ RETRY_SECONDS: "1e3" }, 'RETRY_SECONDS must be a whole number from 0 to 7200; it is "1e3"'],
    [{ BUFFER_SECONDS: "-1" }, "BUFFER_SECONDS must be"],
    [
      { HYDRANT_ACCESS_KEYS: "k".repeat(4097) },
      "HYDRANT_ACCESS_KEYS must be keys of at most 4096 characters",
    ],
  ];
  it.each(rows)("%j is told", (env, problem) => {
    expect(problemsOf(env)).toEqual([expect.stringContaining(problem)]);
  });

  it("is told all at once, each problem once", () => {
    const env = {
      MACKEREL_API_KEY: "é",
      BUFFER_SECONDS: "x",
      MACKEREL_API_URL: "x",
      HYDRANT_ACCESS_KEYS: "a b,c d",
    };
    const problems = problemsOf(env);
    expect(problems).toHaveLength(5);
    expect(new Set(problems.map((problem) => problem.split(" ")[0]))).toEqual(
      new Set([...Object.keys(env), "MACKEREL_SERVICE"]),
    );
    expect(() => readConfig(env)).toThrow(`Bad configuration:\n- ${problems.join("\n- ")}`);
  });

  const secret = fc.string({ unit: "grapheme", minLength: 6 }).map((text) => `${text.trim()}☃`);
  const variables = [
    "DATADOG_API_KEY",
    "DD_API_KEY",
    "MACKEREL_API_KEY",
    "MACKEREL_APIKEY",
    "HYDRANT_ACCESS_KEYS",
  ];

  it("never shows a secret", () => {
    fc.assert(
      fc.property(fc.constantFrom(...variables), secret, (variable, value) => {
        const problems = problemsOf({ MACKEREL_SERVICE: "shop", [variable]: value });
        expect(problems).toEqual([
          `${variable} must be printable ASCII without spaces; it holds other characters`,
        ]);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it.each([
    "https://user:hidden@proxy.test",
    "https://:hidden@proxy.test",
    "https://proxy.test/?key=hidden",
    "https://proxy.test/#hidden",
    "http://user:hidden@proxy.test",
    "https://user:hidden@proxy test",
  ])("is that a URL is %s, whose secret is not shown", (url) => {
    for (const variable of ["DATADOG_API_URL", "MACKEREL_API_URL"]) {
      const problems = problemsOf({ [variable]: url });
      expect(problems).toEqual([
        expect.stringMatching(new RegExp(`^${variable} must be .* one with a secret in it$`)),
      ]);
      expect(problems.join("\n")).not.toContain("hidden");
    }
  });
});
