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
import type { DecodeOptions } from "./decode.ts";
import { printTo } from "./print.ts";
import type { PutOptions } from "./put.ts";
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
  addDecode(program, done);
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
