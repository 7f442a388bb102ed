import type { Command } from "commander";

import { systemClock } from "../../lib/clock.ts";
import { readStream, readTimeMs, readUrl } from "./arguments.ts";
import type { DoctorOptions } from "./doctor.ts";
import type { RedriveOptions } from "./redrive.ts";
import type { RotateOptions, SecretsParts } from "./secrets.ts";
import { exitCodes, jsonOption, repeatable, type Shell } from "./shell.ts";

const redriveExamples = `
What Firehose gave up on is put back, record by record. What the endpoint kept is left alone unless a reason asks
for it, such as too-old once historical ingestion is on at Datadog. Points that the destination would drop by now
stay in expired/. A run that was cut short is gone on with by the next; Ctrl-C ends one between two calls.

Examples:
  hydrant redrive --dry-run
  hydrant redrive --code RequestTimeout --since 2026-01-31T12:00:00Z
  hydrant redrive --reason service-not-allowed`;

const more = (text: string, earlier: readonly string[]): readonly string[] => [...earlier, text];

export function addRedrive(program: Command, { env, print, done }: Shell): void {
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
    .addOption(jsonOption())
    .addHelpText("after", `${redriveExamples}\n${exitCodes}`)
    .action(async (given: RedriveOptions) => {
      const { redrive } = await import("./redrive.ts");
      const stop = new AbortController();
      process.once("SIGINT", () => stop.abort()).once("SIGTERM", () => stop.abort());
      const { fetch } = globalThis;
      const parts = { env, clock: systemClock, random: Math.random, fetch, print, terminal: process.stderr };
      done(await redrive(given, { ...parts, stop: stop.signal }));
    });
}

export function addDoctor(program: Command, { env, print, done }: Shell): void {
  program
    .command("doctor")
    .description("Checks everything that is configured, and says what to do where something is wrong.")
    .option("--send", "sends a test point, hydrant.doctor, all the way")
    .option("--aws", "checks the streams at Amazon Data Firehose instead of the local host")
    .option("--endpoint-url <URL>", "checks the streams at this address", readUrl)
    .addOption(jsonOption())
    .addHelpText("after", exitCodes)
    .action(async (given: DoctorOptions) => {
      const { doctor } = await import("./doctor.ts");
      const parts = { env, clock: systemClock, random: Math.random, fetch: globalThis.fetch, print };
      done(await doctor(given, parts));
    });
}

export function addSecrets(program: Command, { env, print, done }: Shell): void {
  const secrets = program.command("secrets").description("Fills and rotates the secrets in AWS; shows none.");
  secrets
    .command("push")
    .description("Fills the secrets of what is configured from the environment and .env.")
    .addHelpText("after", exitCodes)
    .action(async () => {
      const { pushSecrets } = await import("./secrets.ts");
      done(await pushSecrets(await secretsParts({ env, print })));
    });
  secrets
    .command("rotate")
    .description("Makes a new access key for Firehose; the one before is taken for 3 more hours.")
    .option("--revoke", "ends the one before at once")
    .addHelpText("after", exitCodes)
    .action(async (given: RotateOptions) => {
      const { rotateSecret } = await import("./secrets.ts");
      done(await rotateSecret(given, await secretsParts({ env, print })));
    });
}

async function secretsParts({ env, print }: Pick<Shell, "env" | "print">): Promise<SecretsParts> {
  const { SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  return { env, clock: systemClock, print, client: new SecretsManagerClient() };
}
