import { accountKeys } from "./config/accounts.ts";
import type { Env } from "./config/reader.ts";

/** The secrets that the endpoint reads. */
export const endpointSecrets = [...accountKeys, "HYDRANT_ACCESS_KEYS"] as const;

/** The variables that hold a secret. In AWS each is given as `<variable>_SECRET_ARN` instead. */
export const secretVariables = [...endpointSecrets, "GITHUB_TOKEN", "GITHUB_APP_PRIVATE_KEY"] as const;
export type SecretVariable = (typeof secretVariables)[number];

export const arnVariableOf = <V extends SecretVariable>(variable: V): `${V}_SECRET_ARN` =>
  `${variable}_SECRET_ARN`;

/** A secret's name at Secrets Manager: the variable that it stands for, under the installation that it belongs to. */
export const secretNameOf = (installation: string, variable: SecretVariable): string =>
  `${installation}/${variable}`;

/** A secret that could not be had; the message names it and says what to do, and holds nothing of its value. */
export class SecretError extends Error {
  override readonly name = "SecretError";
}

/** @throws SecretError */
export type ReadSecret = (variable: SecretVariable, arn: string) => Promise<string>;

export interface Resolved {
  readonly env: Env;
  /** Why a wanted secret is missing in `env`. */
  readonly problems: Partial<Readonly<Record<SecretVariable, string>>>;
}

/** Stands for a secret that exists and is nobody's business here. */
export const withheld = "withheld";

/**
 * The environment with the values of the wanted secrets in place of their ARNs, and a stand-in for the others, so that
 * a function knows what is configured without being allowed to read it. Never rejects for a missing secret.
 */
export async function resolveSecrets(
  env: Env,
  wanted: readonly SecretVariable[],
  read: ReadSecret,
): Promise<Resolved> {
  const values: Record<string, string> = {};
  const problems: Partial<Record<SecretVariable, string>> = {};
  const resolve = async (variable: SecretVariable): Promise<void> => {
    const arn = env[arnVariableOf(variable)]?.trim();
    if (!arn) return;
    if (!wanted.includes(variable)) {
      values[variable] = withheld;
      return;
    }
    try {
      values[variable] = await read(variable, arn);
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      problems[variable] = error.message;
    }
  };
  await Promise.all(secretVariables.map(resolve));
  return { env: { ...env, ...values }, problems };
}

/**
 * The same for a function that can do nothing while a secret is missing.
 * @throws SecretError naming each that is
 */
export async function requireSecrets(
  env: Env,
  wanted: readonly SecretVariable[],
  read: ReadSecret,
): Promise<Env> {
  const resolved = await resolveSecrets(env, wanted, read);
  const problems = Object.values(resolved.problems);
  if (problems.length > 0) throw new SecretError(problems.join("\n"));
  return resolved.env;
}
