import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hydrant-app-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** Set to nothing, so that no `.env` of this checkout fills them in. */
const variables =
  "HYDRANT_NAME DATADOG_API_KEY DD_API_KEY DATADOG_SITE DD_SITE DATADOG_HISTORICAL DATADOG_API_URL MACKEREL_API_KEY MACKEREL_APIKEY MACKEREL_SERVICE MACKEREL_SERVICES MACKEREL_API_URL GITHUB_REPOSITORIES GITHUB_TOKEN GITHUB_APP_ID GITHUB_APP_PRIVATE_KEY GITHUB_APP_INSTALLATION_ID GITHUB_API_URL GITHUB_DETAIL COLLECT_SCHEDULE COLLECT_TIMEZONE BUFFER_SECONDS BUFFER_MEBIBYTES RETRY_SECONDS HYDRANT_FRONT_END HYDRANT_BACKUP HYDRANT_PASSTHROUGH";
const nothing = Object.fromEntries(variables.split(" ").map((variable) => [variable, ""]));

interface Ran {
  readonly exitCode: number | null;
  readonly err: string;
}

/** Runs the CDK app as the CDK command line does, with no account and nothing else in its environment. */
async function synth(env: Readonly<Record<string, string>>, context: object = {}): Promise<Ran> {
  const app = new URL("../../../infra/aws/app.ts", import.meta.url).pathname;
  const own = { PATH: process.env["PATH"], HOME: folder, CDK_OUTDIR: folder };
  const child = spawn(process.execPath, [app], {
    env: { ...own, ...nothing, ...env, CDK_CONTEXT_JSON: JSON.stringify(context) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { err: await text(child.stderr), exitCode: await exited };
}

describe("the CDK app", () => {
  it("makes a template of an example on a fresh clone, and says so", async () => {
    const { exitCode, err } = await synth({}, { example: "1" });
    expect(err).toMatch(/^Nothing is configured, so this is an example/);
    expect(exitCode).toBe(0);
    const template = await readFile(join(folder, "hydrant.template.json"), "utf8");
    expect(template).toContain("hydrant-mackerel");
  });

  it("refuses to deploy nothing, and tells every mistake in words", async () => {
    expect(await synth({})).toEqual({
      exitCode: 2,
      err: expect.stringMatching(/^Bad configuration:\n- DATADOG_API_KEY .* none is set\n$/),
    });
    const { exitCode, err } = await synth({
      DATADOG_SITE: "datadoghq.moon",
      MACKEREL_API_KEY: "key-that-is-secret",
      BUFFER_MEBIBYTES: "20",
    });
    expect(exitCode).toBe(2);
    expect(err.split("\n")).toEqual([
      "Bad configuration:",
      expect.stringMatching(/^- DATADOG_SITE must be one of .*; it is "datadoghq.moon"$/),
      "- MACKEREL_SERVICE must be the service that points go to; it is not set",
      '- BUFFER_MEBIBYTES must be a whole number from 1 to 3; it is "20"',
      "",
    ]);
  });
});
