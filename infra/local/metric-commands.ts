import { Option, type Command } from "commander";

import { systemClock } from "../../lib/clock.ts";
import { readConfig } from "../../lib/config.ts";
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
} from "./arguments.ts";
import { readAwsCollectConfig, readAwsConfig } from "./aws-config.ts";
import type { CollectOptions } from "./collect.ts";
import type { DecodeOptions } from "./decode.ts";
import type { PutOptions } from "./put.ts";
import { exitCodes, jsonOption, repeatable, type Shell } from "./shell.ts";
import { toStreams, type UpArguments } from "./up-arguments.ts";

export function addUp(program: Command, { env, done }: Shell): void {
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

const putExamples = `
Examples:
  hydrant put build.seconds 42 --tag repository:acme/web
  hydrant put errors 3 --type count --time 2026-01-31T12:00:00Z
  hydrant put < metrics.txt           JSON objects, lines of "name value time", or Datadog series`;

export function addPut(program: Command, { env, print, done }: Shell): void {
  program
    .command("put")
    .description("Puts a metric on the streams, or with no NAME those of standard input.")
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
    .addOption(jsonOption())
    .addHelpText("after", `${putExamples}\n${exitCodes}`)
    .action(async (name: string | undefined, value: number | undefined, given: Omit<PutOptions, "name">) => {
      const { put } = await import("./put.ts");
      const config = given.aws ? readAwsConfig(env) : readConfig(env);
      if (name === undefined && process.stdin.isTTY) print.err("reading metrics; end with Ctrl-D");
      const parts = { config, clock: systemClock, random: Math.random, input: process.stdin, print };
      done(await put({ ...given, name, value }, parts));
    });
}

export function addCollect(program: Command, { env, print, done }: Shell): void {
  program
    .command("collect")
    .description("Collects pull requests and issues from GitHub now, and puts their metrics on the streams.")
    .option("--dry-run", "shows what would be put, and how many series it makes")
    .addOption(repeatable("--stream <NAME>", "on this stream", readStream).default([], "all streams"))
    .option("--aws", "to Amazon Data Firehose instead of the local host")
    .option("--endpoint-url <URL>", "to the Firehose API at this address", readUrl)
    .addOption(jsonOption())
    .addHelpText("after", exitCodes)
    .action(async (given: CollectOptions) => {
      const { collect } = await import("./collect.ts");
      const { progressLine } = await import("./progress.ts");
      const config = given.aws ? readAwsCollectConfig(env) : readConfig(env);
      const parts = { config, clock: systemClock, random: Math.random, print };
      const progress = progressLine(process.stderr);
      done(await collect(given, { ...parts, fetch: globalThis.fetch, progress }));
    });
}

export function addDecode(program: Command, { env, print, done }: Shell): void {
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
    .addOption(jsonOption())
    .addHelpText("after", exitCodes)
    .action(async (file: string | undefined, given: Omit<DecodeOptions, "file">) => {
      const { decode } = await import("./decode.ts");
      if (file === undefined && process.stdin.isTTY) print.err("reading a record; end with Ctrl-D");
      done(await decode({ ...given, file }, { env, clock: systemClock, input: process.stdin, print }));
    });
}
