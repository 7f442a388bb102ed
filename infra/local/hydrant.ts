#!/usr/bin/env node
import { Command, CommanderError } from "commander";

import { ConfigError } from "../../lib/config.ts";
import { UsageError } from "./arguments.ts";
import { messageOf } from "../../lib/message-of.ts";
import { addCollect, addDecode, addPut, addUp } from "./metric-commands.ts";
import { addDoctor, addRedrive, addSecrets } from "./operator-commands.ts";
import { printTo } from "./print.ts";
import { exitCodes } from "./shell.ts";

const print = printTo(process.stdout, process.stderr);

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
    .exitOverride()
    .hook("preAction", loadEnvFile);
  const done = (code: number): void => {
    exitCode = code;
  };
  const commands = [addUp, addPut, addCollect, addDecode, addRedrive, addDoctor, addSecrets];
  for (const add of commands) add(program, { env: process.env, print, done });
  try {
    await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    return exitCodeOf(error);
  }
}

/** The environment wins over the file. */
function loadEnvFile(): void {
  try {
    process.loadEnvFile(".env");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw new UsageError(`.env cannot be read: ${messageOf(error)}`);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has said it
  print.err(`error: ${messageOf(error)}`);
  return error instanceof UsageError || error instanceof ConfigError ? 2 : 1;
}

/** A reader that has seen enough, such as head, closes the pipe. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(0);
});
process.exitCode = await main(process.argv.slice(2));
