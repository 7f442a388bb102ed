import type { Clock } from "../../lib/clock.ts";
import { ConfigError, readConfig, type Config } from "../../lib/config.ts";
import type { Fetch } from "../../lib/github/send-in-time.ts";
import { checkDatadog, checkMackerel } from "./doctor-services.ts";
import { checkGitHub } from "./doctor-github.ts";
import { checkStreams } from "./doctor-streams.ts";
import { fail, ok, type Finding } from "./finding.ts";
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
  const { config, problems } = readOrTell(parts.env);
  for (const problem of problems) yield fail("configuration", problem);
  if (config === undefined) return;
  yield ok("configuration", "every variable can be read");
  yield* checkGitHub(config, parts);
  yield await checkDatadog(config, parts);
  yield await checkMackerel(config, parts);
  yield* checkStreams(options, config, parts);
}

function readOrTell(env: DoctorParts["env"]): { config?: Config; problems: readonly string[] } {
  try {
    return { config: readConfig(env), problems: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
}

const marks = { ok: "ok", fail: "fail", none: "-" } as const;
const colours = { ok: "green", fail: "red", none: "dim" } as const;
const subjectLength = 26;

function lineOf({ state, subject, detail }: Finding, { style }: Pick<Print, "style">): string {
  const mark = style(colours[state], marks[state].padEnd(4));
  return `${mark}  ${visible(subject).padEnd(subjectLength)}  ${visible(detail)}`;
}
