import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ConfigError, readConfig, writeConfig } from "../../../lib/config.ts";
import { runs } from "../../support/runs.ts";

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

const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
const pem = rsa.export({ type: "pkcs1", format: "pem" }).toString().trim();
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const ecPem = ec.export({ type: "sec1", format: "pem" }).toString();
const named = { GITHUB_REPOSITORIES: "acme/web" };
const app = { GITHUB_APP_ID: "12", GITHUB_APP_PRIVATE_KEY: pem, GITHUB_APP_INSTALLATION_ID: "34" };

describe("what is collected", () => {
  it("is nothing where no repositories are named, whatever token is there", () => {
    expect(readConfig({ GITHUB_TOKEN: "t", GITHUB_APP_ID: "12" }).github).toBeUndefined();
    expect(readConfig({}).schedule).toEqual({ expression: "rate(5 minutes)", timezone: "UTC" });
  });

  it("is read with spaces, each repository once", () => {
    const GITHUB_REPOSITORIES = " acme/web, acme/* ,, a-b_c/x.y_z-1,acme/web ,o/.github ";
    expect(readConfig({ GITHUB_REPOSITORIES, GITHUB_TOKEN: " t " }).github).toEqual({
      repositories: ["acme/web", "acme/*", "a-b_c/x.y_z-1", "o/.github"],
      signIn: { kind: "token", token: "t" },
      apiUrl: "https://api.github.com",
      hasDetail: false,
    });
  });

  it("is signed in for as an App before a token, with a key of real line ends", () => {
    const GITHUB_APP_PRIVATE_KEY = pem.replaceAll("\n", String.raw`\n`);
    const env = {
      ...named,
      ...app,
      GITHUB_APP_PRIVATE_KEY,
      GITHUB_TOKEN: "t",
      GITHUB_API_URL: "https://ghe.test/api/v3/",
    };
    expect(readConfig({ ...env, GITHUB_DETAIL: "1" }).github).toEqual({
      repositories: ["acme/web"],
      signIn: { kind: "app", appId: "12", privateKey: pem, installationId: 34 },
      apiUrl: "https://ghe.test/api/v3",
      hasDetail: true,
    });
  });

  it("is read back as it was written", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}\/(\*|[a-z.]{3,9})$/);
    const env = fc.record({
      GITHUB_REPOSITORIES: fc.array(name, { maxLength: 5 }).map((names) => names.join(", ")),
      GITHUB_TOKEN: fc.stringMatching(/^[\x21-\x7e]{1,40}$/),
      GITHUB_DETAIL: fc.constantFrom("", "0", "1"),
      GITHUB_API_URL: fc.constantFrom("", "https://ghe.test/api/v3/"),
      COLLECT_SCHEDULE: fc.constantFrom("", "rate(1 hour)", "cron(0/5 8-18 ? * MON-FRI *)"),
      COLLECT_TIMEZONE: fc.constantFrom("", "Asia/Tokyo", "America/Argentina/Buenos_Aires", "Etc/GMT+5"),
    });
    fc.assert(
      fc.property(env, fc.constantFrom({}, app), (one, other) => {
        const config = readConfig({ ...one, ...other });
        expect(readConfig(writeConfig(config))).toEqual(config);
      }),
      { numRuns: runs(300) },
    );
  });
});

describe("what is wrong with it", () => {
  const token = { GITHUB_TOKEN: "t" };
  const rows: [Env, string][] = [
    [named, "GITHUB_TOKEN must be a token that may read the repositories, or GITHUB_APP_ID"],
    [{ ...named, GITHUB_TOKEN: "a b" }, "GITHUB_TOKEN must be printable ASCII"],
    [{ ...token, GITHUB_REPOSITORIES: "web" }, "GITHUB_REPOSITORIES must be owner/name or owner/*"],
    [{ ...token, GITHUB_REPOSITORIES: "*/web" }, 'it is "*/web"'],
    [{ ...token, GITHUB_REPOSITORIES: "acme/.." }, 'it is "acme/.."'],
    [{ ...token, GITHUB_REPOSITORIES: 'acme/"web' }, "GITHUB_REPOSITORIES must be"],
    [{ ...token, GITHUB_REPOSITORIES: "https://github.com/acme/web" }, "GITHUB_REPOSITORIES must be"],
    [
      { ...named, ...app, GITHUB_APP_ID: "" },
      "GITHUB_APP_ID must be the App's id or client id; it is not set",
    ],
    [{ ...named, ...app, GITHUB_APP_INSTALLATION_ID: "" }, "GITHUB_APP_INSTALLATION_ID must be the number"],
    [
      { ...named, ...app, GITHUB_APP_INSTALLATION_ID: "x" },
      "GITHUB_APP_INSTALLATION_ID must be a whole number",
    ],
    [{ ...named, ...app, GITHUB_APP_PRIVATE_KEY: "" }, "GITHUB_APP_PRIVATE_KEY must be the private key"],
    [{ ...named, ...app, GITHUB_APP_PRIVATE_KEY: ecPem }, "it cannot be read as one"],
    [
      { ...named, ...app, GITHUB_APP_PRIVATE_KEY: "-----BEGIN RSA PRIVATE KEY-----" },
      String.raw`in .env, put double quotes around all its lines, or write it as one line with \n where each ends`,
    ],
    [{ GITHUB_DETAIL: "yes" }, "GITHUB_DETAIL must be 1 (on) or 0 (off)"],
    [{ GITHUB_API_URL: "http://ghe.test" }, "GITHUB_API_URL must be an https URL"],
    [{ COLLECT_SCHEDULE: "5m" }, "COLLECT_SCHEDULE must be rate(5 minutes), of minutes, hours or days"],
    [{ COLLECT_SCHEDULE: "cron(0 25 * * ? *)" }, "COLLECT_SCHEDULE must be cron(...) with hours 0-23"],
    [
      { COLLECT_SCHEDULE: "cron(0 9 1 1 ? 2020)" },
      'COLLECT_SCHEDULE must be a schedule that is still to come; it is "cron(0 9 1 1 ? 2020)", which never comes',
    ],
    [{ COLLECT_TIMEZONE: "Tokyo" }, "COLLECT_TIMEZONE must be a time zone such as UTC or Asia/Tokyo"],
    [{ COLLECT_TIMEZONE: "+09:00" }, 'it is "+09:00"'],
  ];
  it.each(rows)("%j is told", (env, problem) => {
    expect(problemsOf(env)).toEqual([expect.stringContaining(problem)]);
  });

  it("never shows a secret", () => {
    const broken = pem.replace("MI", "\u2603");
    const problems = [
      ...problemsOf({ ...named, ...app, GITHUB_APP_PRIVATE_KEY: broken }),
      ...problemsOf({ ...named, GITHUB_TOKEN: "ghp_hidden\u2603" }),
    ];
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toMatch(/hidden|BEGIN|\u2603/);
  });
});
