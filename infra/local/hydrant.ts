#!/usr/bin/env node
import { Command, CommanderError, Option } from "commander";

import { systemClock } from "../../lib/clock.ts";
import { ConfigError, readConfig } from "../../lib/config.ts";
import { destinations } from "../../lib/destinations/index.ts";
import { formats } from "../../lib/formats/index.ts";
import { metricTypes } from "../../lib/point.ts";
import {
  readAttribute,
  readSeconds,
  readStream,
  readStreamKey,
  readStreamUrl,
  readTag,
  readTimeMs,
  readUrl,
  readValue,
  UsageError,
} from "./arguments.ts";
import type { CollectOptions } from "./collect.ts";
import type { DecodeOptions } from "./decode.ts";
import type { DoctorOptions } from "./doctor.ts";
import { printTo } from "./print.ts";
import type { PutOptions } from "./put.ts";
import type { RedriveOptions } from "./redrive.ts";
import type { RotateOptions, SecretsParts } from "./secrets.ts";
import { toStreams, type UpArguments } from "./up-arguments.ts";

const exitCodes = `
Exit codes: 0 all is well, 1 something failed or was rejected, 2 wrong usage or configuration.`;

const print = printTo(process.stdout, process.stderr);
const env = process.env;

/** Answers the exit code; every error is told in words. */
async function main(words: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = new Command("hydrant")
    .description("Metrics through Amazon Data Firehose to Datadog and Mackerel.")
    .addHelpText(
      "after",
      `${exitCodes}\nConfiguration is read from the environment, and from .env where it exists.`,
    )
    .showHelpAfterError("Try --help.")
    .exitOverride();
  const done = (code: number): void => {
    exitCode = code;
  };
  addUp(program, done);
  addPut(program, done);
  addCollect(program, done);
  addDecode(program, done);
  addRedrive(program, done);
  addDoctor(program, done);
  addSecrets(program, done);
  try {
    loadEnvFile();
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error);
  }
}

type Done = (exitCode: number) => void;

function addUp(program: Command, done: Done): void {
  program
    .command("up")
    .description("Runs the whole pipeline on this machine: what npm start runs.")
    .addOption(repeatable("--stream <NAME=URL>", "a further stream, delivered to this URL", readStreamUrl))
    .addOption(repeatable("--access-key <NAME=KEY>", "the access key that the stream sends", readStreamKey))
    .addOption(repeatable("--attribute <NAME:KEY=VALUE>", "a common attribute it sends", readAttribute))
    .action(async (given: UpArguments) => {
      const streams = toStreams(given);
      const { up } = await import("./up.ts");
      done(await up({ streams }, env));
    });
}

/** An option that may be given any number of times. */
function repeatable<T>(flags: string, description: string, read: (text: string, earlier: T) => T): Option {
  return new Option(flags, `${description}; may be given again`).argParser(read).default([], "none");
}

const putExamples = `
Examples:
  hydrant put build.seconds 42 --tag repository:acme/web
  hydrant put errors 3 --type count --time 2026-01-31T12:00:00Z
  hydrant put < metrics.txt           lines of JSON, of "name value time" or of Datadog series`;

function addPut(program: Command, done: Done): void {
  program
    .command("put")
    .description("Puts a metric on the streams, or with no NAME the lines of standard input.")
    .argument("[NAME]", "the metric's name")
    .argument("[VALUE]", "a finite number", readValue)
    .addOption(repeatable("--tag <KEY:VALUE>", "a tag", readTag))
    .option("--time <TIME>", "epoch seconds, milliseconds or ISO 8601 (default: now)", readTimeMs)
    .addOption(new Option("--type <TYPE>", "its type (default: gauge)").choices(metricTypes))
    .option("--unit <UNIT>", "its unit, for Datadog")
    .option("--interval <SECONDS>", "what a count or rate covers, for Datadog", readSeconds)
    .option("--service <NAME>", "the Mackerel service it goes to")
    .option("--host <NAME>", "the Datadog host it belongs to")
    .addOption(repeatable("--stream <NAME>", "on this stream", readStream).default([], "all streams"))
    .option("--aws", "to Amazon Data Firehose instead of the local host")
    .option("--endpoint-url <URL>", "to the Firehose API at this address", readUrl)
    .option("--json", "output for programs")
    .addHelpText("after", `${putExamples}\n${exitCodes}`)
    .action(async (name: string | undefined, value: number | undefined, given: Omit<PutOptions, "name">) => {
      const { put } = await import("./put.ts");
      const config = readConfig(env);
      if (name === undefined && process.stdin.isTTY) print.err("reading lines; end with Ctrl-D");
      const parts = { config, clock: systemClock, random: Math.random, input: process.stdin, print };
      done(await put({ ...given, name, value }, parts));
    });
}

function addDecode(program: Command, done: Done): void {
  program
    .command("decode")
    .description("Shows which points a record holds, what is rejected, and what a destination would get.")
    .argument("[FILE]", "one record, gzip or not (default: standard input)")
    .addOption(
      new Option("--format <FORMAT>", "the record's format (default: told by its start)").choices([
        ...formats.keys(),
      ]),
    )
    .addOption(
      new Option("--for <DESTINATION>", "shows the requests it would become now").choices(
        Object.keys(destinations),
      ),
    )
    .option("--json", "output for programs")
    .addHelpText("after", exitCodes)
    .action(async (file: string | undefined, given: Omit<DecodeOptions, "file">) => {
      const { decode } = await import("./decode.ts");
      if (file === undefined && process.stdin.isTTY) print.err("reading a record; end with Ctrl-D");
      done(await decode({ ...given, file }, { env, clock: systemClock, input: process.stdin, print }));
    });
}

function addCollect(program: Command, done: Done): void {
  program
    .command("collect")
    .description("Collects pull requests and issues from GitHub now, and puts their metrics on the streams.")
    .option("--dry-run", "shows what would be put, and how many series it makes")
    .addOption(repeatable("--stream <NAME>", "on this stream", readStream).default([], "all streams"))
    .option("--aws", "to Amazon Data Firehose instead of the local host")
    .option("--endpoint-url <URL>", "to the Firehose API at this address", readUrl)
    .option("--json", "output for programs")
    .addHelpText("after", exitCodes)
    .action(async (given: CollectOptions) => {
      const { collect } = await import("./collect.ts");
      const { progressLine } = await import("./progress.ts");
      const parts = { config: readConfig(env), clock: systemClock, random: Math.random, print };
      const progress = progressLine(process.stderr);
      done(await collect(given, { ...parts, fetch: globalThis.fetch, progress }));
    });
}

const redriveExamples = `
What Firehose gave up on is put back, record by record. What the endpoint kept is left alone unless a reason asks
for it, such as too-old once historical ingestion is on at Datadog. Points that the destination would drop by now
stay in expired/. A run that was cut short is gone on with by the next; Ctrl-C ends one between two calls.

Examples:
  hydrant redrive --dry-run
  hydrant redrive --code RequestTimeout --since 2026-01-31T12:00:00Z
  hydrant redrive --reason service-not-allowed`;

const more = (text: string, earlier: readonly string[]): readonly string[] => [...earlier, text];

function addRedrive(program: Command, done: Done): void {
  program
    .command("redrive")
    .description("Puts failed records from the backup back on their streams.")
    .addOption(repeatable("--stream <NAME>", "of this stream", readStream).default([], "all streams"))
    .option(
      "--since <TIME>",
      "that arrived then or later: epoch seconds, milliseconds or ISO 8601",
      readTimeMs,
    )
    .option("--until <TIME>", "that arrived before", readTimeMs)
    .addOption(repeatable("--code <CODE>", "that failed with this error code", more))
    .addOption(
      repeatable("--reason <REASON>", "that were kept in rejected/ or expired/ for this reason", more),
    )
    .option("--dry-run", "only shows what would happen")
    .option("--force", "even while the stream is still failing")
    .option(
      "--aws",
      "from the bucket HYDRANT_BACKUP_BUCKET to Amazon Data Firehose instead of the local host",
    )
    .option("--json", "output for programs")
    .addHelpText("after", `${redriveExamples}\n${exitCodes}`)
    .action(async (given: RedriveOptions) => {
      const { redrive } = await import("./redrive.ts");
      const stop = new AbortController();
      process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
      const parts = { env, clock: systemClock, random: Math.random, print, terminal: process.stderr };
      done(await redrive(given, { ...parts, stop: stop.signal }));
    });
}

function addDoctor(program: Command, done: Done): void {
  program
    .command("doctor")
    .description("Checks everything that is configured, and says what to do where something is wrong.")
    .option("--send", "sends a test point, hydrant.doctor, all the way")
    .option("--aws", "checks the streams at Amazon Data Firehose instead of the local host")
    .option("--endpoint-url <URL>", "checks the streams at this address", readUrl)
    .option("--json", "output for programs")
    .addHelpText("after", exitCodes)
    .action(async (given: DoctorOptions) => {
      const { doctor } = await import("./doctor.ts");
      const parts = { env, clock: systemClock, random: Math.random, fetch: globalThis.fetch, print };
      done(await doctor(given, parts));
    });
}

function addSecrets(program: Command, done: Done): void {
  const secrets = program.command("secrets").description("Fills and rotates the secrets in AWS; shows none.");
  secrets
    .command("push")
    .description("Fills the secrets of what is configured from the environment and .env.")
    .addHelpText("after", exitCodes)
    .action(async () => {
      const { pushSecrets } = await import("./secrets.ts");
      done(await pushSecrets(await secretsParts()));
    });
  secrets
    .command("rotate")
    .description("Makes a new access key for Firehose; the one before is taken for 3 more hours.")
    .option("--revoke", "ends the one before at once")
    .addHelpText("after", exitCodes)
    .action(async (given: RotateOptions) => {
      const { rotateSecret } = await import("./secrets.ts");
      done(await rotateSecret(given, await secretsParts()));
    });
}

async function secretsParts(): Promise<SecretsParts> {
  const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  return { env, clock: systemClock, print, client: new SecretsManagerClient() };
}

/** The environment wins over the file. */
function loadEnvFile(): void {
  try {
    process.loadEnvFile(".env");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw new UsageError(`.env cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has said it
  print.err(`error: ${error instanceof Error ? error.message : String(error)}`);
  return error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
}

/** A reader that has seen enough, such as head, closes the pipe. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
process.exitCode = await main(process.argv.slice(2));
