import { generateKeyPairSync } from "node:crypto";
import { ConfigError, readConfig, writeConfig, type Config } from "../../lib/config.ts";
import { accounts } from "../../lib/config/accounts.ts";
import { Reader, type Env } from "../../lib/config/reader.ts";
import { secretVariables, withheld, type SecretVariable } from "../../lib/secrets.ts";
import { literalBytes } from "./function-env.ts";

/** What is to be deployed. */
export interface Plan {
  readonly config: Config;
  /** The secrets that somebody has to fill; the access key is made in AWS. */
  readonly secrets: readonly SecretVariable[];
  /** Nothing is configured, so that this is only what an installation looks like. */
  readonly isExample: boolean;
}

/**
 * Reads what to deploy from the same variables as everything else. A secret need not be set: that something is
 * configured shows in what is set beside it, and the value goes to AWS by `secrets push`.
 * @throws ConfigError naming every problem
 */
export function readPlan(env: Env, { mayBeExample }: { readonly mayBeExample: boolean }): Plan {
  const read = new Reader(env);
  const isExample = mayBeExample && !hasAccount(read);
  const given = isExample ? { ...exampleEnv, ...setOnly(env) } : env;
  const { config, problems } = tryConfig(withStandIns(given));
  problems.push(...awsProblems(new Reader(given), config));
  if (config === undefined || problems.length > 0) throw new ConfigError(problems);
  return { config, secrets: secretsOf(config), isExample };
}

const exampleEnv = {
  DATADOG_SITE: "datadoghq.com",
  MACKEREL_SERVICE: "example",
  GITHUB_REPOSITORIES: "example/*",
};

const setOnly = (env: Env): Env => Object.fromEntries(Object.entries(env).filter(([, text]) => text?.trim()));

const isAnySet = (read: Reader, ...variables: string[]): boolean =>
  variables.some((variable) => read.text(variable) !== undefined);

const hasAccount = (read: Reader): boolean => accounts.some(({ signs }) => isAnySet(read, ...signs));

/** The environment with something in the place of each secret that it goes without. */
function withStandIns(env: Env): Env {
  const read = new Reader(env);
  const isApp = isAnySet(read, "GITHUB_APP_ID", "GITHUB_APP_INSTALLATION_ID", "GITHUB_APP_PRIVATE_KEY");
  const keyless = accounts.filter(({ keys, signs }) => isAnySet(read, ...signs) && !isAnySet(read, ...keys));
  return {
    ...env,
    ...Object.fromEntries(keyless.map(({ keys: [key] }) => [key, withheld])),
    ...(!isApp && !isAnySet(read, "GITHUB_TOKEN") && { GITHUB_TOKEN: withheld }),
    ...(isApp && !isAnySet(read, "GITHUB_APP_PRIVATE_KEY") && { GITHUB_APP_PRIVATE_KEY: anyRsaKey() }),
  };
}

function anyRsaKey(): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function tryConfig(env: Env): { readonly config?: Config; readonly problems: string[] } {
  try {
    return { config: readConfig(env), problems: [] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { problems: [...error.problems] };
  }
}

function awsProblems(read: Reader, config: Config | undefined): string[] {
  const problems: string[] = [];
  const name = read.text("HYDRANT_NAME");
  if (name !== undefined && !/^[A-Za-z][A-Za-z0-9-]*$/.test(name)) {
    const rule = "letters, digits and -, beginning with a letter, since the stack has that name in AWS";
    problems.push(`HYDRANT_NAME must be ${rule}; it is ${JSON.stringify(name)}`);
  }
  for (const variable of [...accounts.map(({ apiUrl }) => apiUrl), "GITHUB_API_URL"]) {
    if (read.text(variable)?.startsWith("http:")) {
      problems.push(`${variable} must be an https URL: functions in AWS do not reach this machine`);
    }
  }
  if (!hasAccount(read)) {
    const any = accounts.map(({ asked }) => asked).join(", or ");
    problems.push(`${any}, must say where points go; none is set`);
  }
  if (config !== undefined && literalBytes(config) > maxLiteralBytes) {
    problems.push(
      `GITHUB_REPOSITORIES, DATADOG_HISTORICAL and MACKEREL_SERVICES must fit into a function's environment, ${maxLiteralBytes} bytes together; owner/* is short`,
    );
  }
  return problems;
}

/** 4 KB, less what AWS puts in: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxLiteralBytes = 3_000;

function secretsOf(config: Config): SecretVariable[] {
  const written = writeConfig(config);
  return secretVariables.filter((variable) => variable !== "HYDRANT_ACCESS_KEYS" && variable in written);
}

/** The values of a plan's secrets, as far as the environment has them. */
export function secretValues(env: Env, plan: Plan): ReadonlyMap<SecretVariable, string | undefined> {
  const read = new Reader(env);
  const written = writeConfig(plan.config);
  const valueOf = (variable: SecretVariable): string | undefined => {
    const names = accounts.find(({ keys: [key] }) => key === variable)?.keys ?? [variable];
    return isAnySet(read, ...names) ? written[variable] : undefined;
  };
  return new Map(plan.secrets.map((variable) => [variable, valueOf(variable)]));
}
