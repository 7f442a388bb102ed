import type { Clock } from "../../lib/clock.ts";
import { ConfigError, readConfig, type Config } from "../../lib/config.ts";
import type { Fetch } from "../../lib/github/send-in-time.ts";
import type { SecretVariable } from "../../lib/secrets.ts";
import { readPlan, secretValues } from "../aws/plan.ts";
import { checkDatadog, checkMackerel } from "./doctor-services.ts";
import { checkGitHub } from "./doctor-github.ts";
import { checkStreams } from "./doctor-streams.ts";
import { fail, none, ok, type Finding } from "./finding.ts";
import type { TargetOptions } from "./firehose-target.ts";
import { visible, type Print } from "./print.ts";

export interface DoctorOptions extends Pick<TargetOptions, "aws" | "endpointUrl"> {
  /** Sends a test point all the way. */
  readonly send?: boolean;
  readonly json?: boolean;
}

export interface DoctorParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly fetch: Fetch;
  readonly print: Print;
}

/** Checks everything that is configured, one line each; answers the exit code. */
export async function doctor(options: DoctorOptions, parts: DoctorParts): Promise<number> {
  const findings: Finding[] = [];
  for await (const finding of examine(options, parts)) {
    findings.push(finding);
    if (!options.json) parts.print.out(lineOf(finding, parts.print));
  }
  if (options.json) parts.print.out(JSON.stringify({ findings }));
  return findings.some(({ state }) => state === "fail") ? 1 : 0;
}

async function* examine(options: DoctorOptions, parts: DoctorParts): AsyncGenerator<Finding> {
  const { config, elsewhere = [], problems = [] } = readOrTell(options, parts.env);
  for (const problem of problems) yield fail("configuration", problem);
  if (config === undefined) return;
  yield ok("configuration", "every variable can be read");
  const github = untried("GitHub", ["GITHUB_TOKEN", "GITHUB_APP_PRIVATE_KEY"], elsewhere);
  if (github) yield github;
  else yield* checkGitHub(config, parts);
  yield untried("Datadog", ["DATADOG_API_KEY"], elsewhere) ?? (await checkDatadog(config, parts));
  yield untried("Mackerel", ["MACKEREL_API_KEY"], elsewhere) ?? (await checkMackerel(config, parts));
  yield* checkStreams(options, config, parts);
}

interface Read {
  readonly config?: Config;
  /** Secrets that Secrets Manager has, and this environment has not. */
  readonly elsewhere?: readonly SecretVariable[];
  readonly problems?: readonly string[];
}

function readOrTell({ aws = false }: DoctorOptions, env: DoctorParts["env"]): Read {
  try {
    if (!aws) return { config: readConfig(env) };
    const plan = readPlan(env, { mayBeExample: false });
    const values = secretValues(env, plan);
    return {
      config: plan.config,
      elsewhere: plan.secrets.filter((variable) => values.get(variable) === undefined),
    };
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
}

/** Says of a service that its key is not here to be tried. */
function untried(
  subject: string,
  keys: readonly SecretVariable[],
  elsewhere: readonly SecretVariable[],
): Finding | undefined {
  const key = elsewhere.find((variable) => keys.includes(variable));
  return key && none(subject, `${key} is not set here: what Secrets Manager has of it is not checked`);
}

const marks = { ok: "ok", fail: "fail", none: "-" } as const;
const colours = { ok: "green", fail: "red", none: "dim" } as const;
const subjectLength = 26;

function lineOf({ state, subject, detail }: Finding, { style }: Pick<Print, "style">): string {
  const mark = style(colours[state], marks[state].padEnd(4));
  return `${mark}  ${visible(subject).padEnd(subjectLength)}  ${visible(detail)}`;
}
