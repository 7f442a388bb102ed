import { execFile, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { callFails, startFirehose } from "../../support/firehose-api.ts";

const program = new URL("../../../infra/local/hydrant.ts", import.meta.url).pathname;

interface Ran {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hydrant-cli-"));
});
afterAll(() => rm(folder, { recursive: true }));

interface Surroundings {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs the command line in a process of its own, in an empty folder, with nothing in its environment. */
async function hydrant(words: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  const child = start(words, surroundings);
  const [out, err, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.on("close", resolve)),
  ]);
  return { exitCode, out, err };
}

function start(
  words: readonly string[],
  { input = "", env = {}, cwd = folder }: Surroundings,
): ChildProcessWithoutNullStreams {
  const own = { PATH: process.env["PATH"], HOME: folder, AWS_EC2_METADATA_DISABLED: "true", TZ: "UTC" };
  const child = spawn(process.execPath, [program, ...words], { cwd, env: { ...own, ...env } });
  child.stdin.on("error", () => undefined); // a command that reads no input has ended first
  child.stdin.end(input);
  return child;
}

const pretty = (metric: object): string => JSON.stringify(metric, null, 2);

const portOf = (url: string): string => new URL(url).port;

const signedInToAws = {
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "any",
  AWS_SECRET_ACCESS_KEY: "any",
};

describe("hydrant put", () => {
  it("puts a metric on every stream of the local host", async () => {
    await using firehose = await startFirehose(["s-datadog", "s-mackerel"]);
    const words = [
      "put",
      "a.b",
      "-1.5",
      "--tag",
      "k:v",
      "--tag",
      "k:w",
      "--time",
      "1700000000",
      "--type",
      "count",
    ];
    const more = ["--unit", "second", "--interval", "60", "--service", "web", "--host", "h"];
    const ran = await hydrant([...words, ...more], { env: { HYDRANT_PORT: portOf(firehose.url) } });
    expect(ran).toEqual({
      exitCode: 0,
      out: "put 1 point in 1 record on s-datadog\nput 1 point in 1 record on s-mackerel\n",
      err: "",
    });
    const line =
      '{"name":"a.b","value":-1.5,"time":1700000000,"type":"count","tags":["k:v","k:w"],' +
      '"unit":"second","interval":60,"service":"web","host":"h"}\n';
    expect(firehose.stored).toEqual({ "s-datadog": [line], "s-mackerel": [line] });
  });

  it("puts it now, on the streams that are named, and says so in JSON", async () => {
    await using firehose = await startFirehose(Array.from({ length: 1_200 }, (_, index) => `s${index}`));
    const before = Date.now();
    const words = ["put", "a", "1", "--stream", "s999", "--endpoint-url", firehose.url, "--json"];
    const ran = await hydrant(words);
    expect(JSON.parse(ran.out)).toEqual({
      streams: [{ stream: "s999", points: 1, records: 1, billedBytes: 5120, unsent: 0 }],
      rejected: [],
    });
    const { time } = JSON.parse(firehose.stored["s999"]?.[0] ?? "") as { time: number };
    expect(time * 1000).toBeGreaterThanOrEqual(before);
    expect(time * 1000).toBeLessThanOrEqual(Date.now());
  });

  it("puts the good lines of its input as they came, and names the bad ones", async () => {
    await using firehose = await startFirehose(["s"]);
    const good = ["a\t1\t1700000000", "b 2 1700000000", '{ "name":"c","value":3,"time":1700000000 }'];
    const input = Buffer.concat([
      Buffer.from(`${good[0]}\nbad line\n\n${good[1]}\n`),
      Buffer.from([0xff, 0x0a]),
      Buffer.from(`${good[2]}\n{"name":"d","value":"4","time":1}`),
    ]);
    const ran = await hydrant(["put", "--endpoint-url", firehose.url], { input });
    expect(ran.exitCode).toBe(1);
    expect(ran.out).toBe("put 3 points in 2 records on s\n");
    expect(ran.err.split("\n")).toEqual([
      "line 2: not-a-metric: the line is not `name value time`",
      expect.stringMatching(/^line 5: not-utf8: /),
      "line 7: invalid-value: value must be a finite number",
      "",
    ]);
    expect(firehose.stored["s"]).toEqual([`${good[0]}\n${good[1]}\n`, `${good[2]}\n`]);
  });

  it("puts an object over several lines as it came, and names the line on which a bad one begins", async () => {
    await using firehose = await startFirehose(["s"]);
    const good = pretty({ name: "a", value: 1, time: 1_700_000_000 });
    const input = [good, pretty({ name: "b", value: "1", time: 1 }), good].join("\n");
    const ran = await hydrant(["put", "--endpoint-url", firehose.url], { input });
    expect(ran).toEqual({
      exitCode: 1,
      out: "put 2 points in 1 record on s\n",
      err: "line 6: invalid-value: value must be a finite number\n",
    });
    expect(firehose.stored["s"]).toEqual([`${good}\n${good}\n`]);
  });

  it("puts a hundred thousand lines in few records and bounded calls", async () => {
    await using firehose = await startFirehose(["s"]);
    const input = Array.from(
      { length: 100_000 },
      (_, index) => `some.metric.name.n${index} 1 1700000000\n`,
    ).join("");
    const ran = await hydrant(["put", "--endpoint-url", firehose.url, "--json"], { input });
    const { streams } = JSON.parse(ran.out) as { streams: { billedBytes: number; points: number }[] };
    expect(streams[0]?.points).toBe(100_000);
    expect((streams[0]?.billedBytes ?? 0) / input.length).toBeLessThan(1.01);
    expect(firehose.stored["s"]?.join("")).toBe(input);
  });

  it("puts as many points as one line may hold", async () => {
    await using firehose = await startFirehose(["s"]);
    const input = JSON.stringify(Array.from({ length: 200_000 }, () => ({ name: "a", value: 1, time: 1 })));
    const ran = await hydrant(["put", "--endpoint-url", firehose.url], { input });
    expect(ran).toMatchObject({ exitCode: 0, err: "" });
    expect(ran.out).toMatch(/^put 200000 points /);
  });

  it("sends what Firehose did not take again", async () => {
    await using firehose = await startFirehose(["s"], { failedEntries: [[0]] });
    const ran = await hydrant(["put", "a", "1", "--endpoint-url", firehose.url]);
    expect(ran.exitCode).toBe(0);
    expect(firehose.calls).toHaveLength(2);
  });

  it("says how much of what was not put and why, and puts the rest on the other stream", async () => {
    await using firehose = await startFirehose(["s1", "s2"], {
      calls: [callFails(400, "InvalidArgumentException", "No\nsuch \u001b[31mthing.")],
    });
    const ran = await hydrant(["put", "--endpoint-url", firehose.url], { input: "a 1 1\nb 1 1\na 2 2\n" });
    expect(ran).toEqual({
      exitCode: 1,
      out: "put 3 points in 1 record on s2\n",
      err:
        "3 of 3 points (a: 2, b: 1) were not put on the stream s1: InvalidArgumentException: No\n" +
        "s1: 0 points put, 3 not put\n",
    });
  });

  it.each([
    [["put", "a", "1"], "error: nothing listens on http://127.0.0.1:1: start it with npm start\n"],
    [
      ["put", "a", "1", "--endpoint-url", "http://127.0.0.1:2"],
      "error: nothing listens on http://127.0.0.1:2\n",
    ],
  ])("says of %j that nothing listens", async (words, err) => {
    expect(await hydrant(words, { env: { HYDRANT_PORT: "1" } })).toEqual({ exitCode: 1, out: "", err });
  });

  it("says which streams there are where one is not", async () => {
    await using firehose = await startFirehose(["s1", "s2"]);
    const ran = await hydrant(["put", "a", "1", "--stream", "x", "--endpoint-url", firehose.url]);
    expect(ran).toEqual({ exitCode: 1, out: "", err: "error: there is no stream x; there is s1, s2\n" });
  });

  it.each([
    [["put", "a"], "VALUE is missing"],
    [["put", "a", "x"], "finite number"],
    [["put", "a", "1", "2"], "too many arguments"],
    [["put", "a", "1", "--tag", "x"], "KEY:VALUE"],
    [["put", "a", "1", "--type", "x"], "gauge, count, rate, distribution"],
    [["put", "--tag", "a:b"], "need NAME and VALUE"],
    [["put", "a", "1", "--aws"], "no AWS region: set AWS_REGION"],
    [["put", "a", "1", "--stream", "a b"], "1-64 letters"],
    [["up", "--access-key", "x=secret"], "there is no --stream x=URL"],
    [["nope"], "unknown command 'nope'"],
    [["decode", "nofile"], "nofile cannot be read"],
    [["decode", "--for", "x"], "datadog, mackerel"],
    [[], "Usage: hydrant"],
  ])("answers wrong usage %j with 2 and words", async (words, message) => {
    const ran = await hydrant(words);
    expect(ran.exitCode).toBe(2);
    expect(ran.err).toContain(message);
    expect(ran.err).not.toMatch(/^\s+at /m);
  });

  it("finds out at AWS what is missing, then puts with the SDK's own credentials on the configured streams", async () => {
    await using firehose = await startFirehose(["p-mackerel", "p-datadog"]);
    const words = ["put", "a", "1", "--aws", "--endpoint-url", firehose.url];
    const configured = {
      ...signedInToAws,
      HYDRANT_NAME: "p",
      MACKEREL_API_KEY: "any",
      MACKEREL_SERVICE: "web",
    };
    expect((await hydrant(words, { env: { AWS_REGION: "eu-west-1" } })).err).toMatch(
      /^error: no AWS credentials: sign in/,
    );
    expect((await hydrant(words, { env: signedInToAws })).err).toMatch(/name one with --stream/);
    expect(await hydrant(words, { env: configured })).toEqual({
      exitCode: 0,
      out: "put 1 point in 1 record on p-mackerel\n",
      err: "",
    });
    expect(firehose.stored["p-datadog"]).toEqual([]);
  });

  it("puts at AWS on the streams of what is configured, though its keys are only in Secrets Manager", async () => {
    await using firehose = await startFirehose(["hydrant-mackerel", "hydrant-datadog"]);
    const words = ["put", "a", "1", "--aws", "--endpoint-url", firehose.url];
    const env = { ...signedInToAws, DATADOG_SITE: "datadoghq.eu", MACKEREL_SERVICE: "web" };
    expect(await hydrant(words, { env })).toEqual({
      exitCode: 0,
      out: "put 1 point in 1 record on hydrant-datadog\nput 1 point in 1 record on hydrant-mackerel\n",
      err: "",
    });
  });

  it("asks for GitHub's key where it collects for AWS: that is needed here", async () => {
    const env = { ...signedInToAws, GITHUB_REPOSITORIES: "acme/web", DATADOG_SITE: "datadoghq.eu" };
    const ran = await hydrant(["collect", "--aws"], { env });
    expect(ran.exitCode).toBe(2);
    expect(ran.err).toContain("GITHUB_TOKEN must be a token that may read the repositories");
  });

  it("reads .env, but the environment wins, and tells all that is wrong with both", async () => {
    const cwd = await mkdtemp(join(folder, "env-"));
    await writeFile(join(cwd, ".env"), "HYDRANT_PORT=x\nBUFFER_SECONDS=x\n");
    const both = await hydrant(["put", "a", "1"], { cwd });
    expect(both.exitCode).toBe(2);
    expect(both.err).toMatch(/HYDRANT_PORT .*\n.*BUFFER_SECONDS /);
    const env = { HYDRANT_PORT: "1", BUFFER_SECONDS: "1" };
    expect((await hydrant(["put", "a", "1"], { cwd, env })).err).toContain("nothing listens");
  });
});

describe("hydrant decode", () => {
  const nowSeconds = Math.floor(Date.now() / 1000);
  const fresh = (name: string, value: number): string =>
    JSON.stringify({ name, value, time: nowSeconds, tags: ["r:x/y"] });

  it("shows the points of a record and what is rejected, with nothing that a terminal would obey", async () => {
    const input =
      '{"name":"a","value":1,"time":1700000000,"tags":["k:\\u001b[31m"],"unit":"second"}\n{"name":"b\u0007"}\n';
    const ran = await hydrant(["decode"], { input });
    expect(ran).toEqual({
      exitCode: 1,
      out:
        "1 point in 95 bytes, format hydrant\n" +
        "NAME  VALUE  TIME                  TYPE   TAGS\n" +
        "a     1      2023-11-14T22:13:20Z  gauge  k:\\u001b[31m (unit second)\n" +
        'rejected not-json: the text is not a JSON object: {"name":"b\\u0007"}\n',
      err: "",
    });
  });

  it("shows the requests that gzip would become at Datadog, merged, without any key", async () => {
    const input = gzipSync(`${fresh("a b", 1)}${fresh("a b", 2)}`);
    const env = { DATADOG_API_KEY: "real-key", DD_API_KEY: "real-key", DATADOG_SITE: "datadoghq.eu" };
    const ran = await hydrant(["decode", "-", "--for", "datadog", "--json"], { input, env });
    expect(ran.exitCode).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({
      format: "hydrant",
      points: [{ name: "a b", value: 1, time: nowSeconds, tags: ["r:x/y"] }, { value: 2 }],
      for: {
        merged: 1,
        requests: [
          {
            url: "https://api.datadoghq.eu/api/v2/series",
            body: {
              series: [
                { metric: "a_b", type: 3, points: [{ timestamp: nowSeconds, value: 2 }], tags: ["r:x/y"] },
              ],
            },
          },
        ],
      },
    });
    expect(ran.out).not.toContain("real-key");
    const withoutKey = await hydrant(["decode", "--for", "datadog"], { input });
    expect(withoutKey.exitCode).toBe(0);
    expect(withoutKey.out).toContain("POST https://api.datadoghq.com/api/v2/series");
  });

  it("shows what Mackerel would get, and what would be expired or rejected there", async () => {
    const file = join(folder, "record");
    await writeFile(
      file,
      [fresh("ok", 1), fresh("no name", 1), '{"name":"old","value":1,"time":1}'].join("\n"),
    );
    const env = { MACKEREL_SERVICE: "web" };
    const ran = await hydrant(["decode", file, "--for", "mackerel"], { env });
    expect(ran.exitCode).toBe(1);
    expect(ran.out).toContain("POST https://api.mackerelio.com/api/v0/services/web/tsdb");
    expect(ran.out).toContain('"name": "ok.x-y"');
    expect(ran.out).toMatch(/^rejected invalid-name: no name: /m);
    expect(ran.out).toMatch(/^expired too-old: old: /m);
  });

  it("says which service stands for one that is not configured", async () => {
    const ran = await hydrant(["decode", "--for", "mackerel"], { input: fresh("a", 1) });
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toContain("MACKEREL_SERVICE is not set: my-service stands for it");
  });

  it("reads a record in the format that is named", async () => {
    const ran = await hydrant(["decode", "--format", "hydrant", "--json"], { input: "a 1 1700000000" });
    expect(JSON.parse(ran.out)).toMatchObject({ format: "hydrant", points: [] });
    expect(ran.exitCode).toBe(1);
  });

  it("reads a file beside who called npm, and npm says nothing of its own where it is told so", async () => {
    const cwd = new URL("../../cases/formats/hydrant/single_record", import.meta.url).pathname;
    const words = ["-s", "run", "hydrant", "--", "decode", "record", "--json"];
    const { stdout } = await promisify(execFile)("npm", words, { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ format: "hydrant", rejected: [] });
  });

  it.each([["--help"], ["up", "--help"], ["put", "--help"], ["decode", "--help"]])(
    "has help for %s %s",
    async (...words) => {
      const ran = await hydrant(words);
      expect(ran).toMatchObject({ exitCode: 0, err: "" });
      expect(ran.out).toMatch(/^Usage: hydrant/);
    },
  );

  it("has help where .env cannot be read, and says so of every command that needs it", async () => {
    const cwd = await mkdtemp(join(folder, "env-"));
    await mkdir(join(cwd, ".env"));
    for (const words of [["--help"], ["put", "--help"]]) {
      expect(await hydrant(words, { cwd })).toMatchObject({ exitCode: 0, err: "" });
    }
    const put = await hydrant(["put", "a", "1"], { cwd });
    expect(put).toMatchObject({ exitCode: 2, out: "" });
    expect(put.err).toMatch(/^error: \.env cannot be read: /);
  });

  it("writes what put reads", async () => {
    await using firehose = await startFirehose(["s"]);
    const decoded = await hydrant(["decode", "--json"], { input: "a 1 1700000000\nb 2 1700000000" });
    const { points } = JSON.parse(decoded.out) as { points: object[] };
    const input = JSON.stringify(points);
    expect((await hydrant(["put", "--endpoint-url", firehose.url], { input })).exitCode).toBe(0);
    expect(firehose.stored["s"]).toEqual([`${input}\n`]);
  });

  it("ends well when its reader has seen enough", async () => {
    const input = "a 1 1700000000\n".repeat(50_000);
    const child = start(["decode"], { input });
    child.stdout.once("data", () => child.stdout.destroy());
    const ended = new Promise((resolve) => child.on("close", resolve));
    expect(await text(child.stderr)).toBe("");
    expect(await ended).toBe(0);
  });
});

describe("hydrant up", () => {
  it("runs the pipeline that put reaches, until it is told to stop", async () => {
    const child = start(["up"], { env: { HYDRANT_PORT: "0" } });
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    const ended = new Promise((resolve) => child.on("close", resolve));
    try {
      await expect.poll(() => out, { timeout: 20_000 }).toMatch(/listens on http:\S+/);
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(out)?.[0] ?? "";
      const ran = await hydrant(["put", "first.metric", "42", "--endpoint-url", url]);
      expect(ran.out).toBe("put 1 point in 1 record on hydrant-preview\n");
      await expect.poll(() => out, { timeout: 20_000 }).toMatch(/first\.metric {2}42/);
    } finally {
      child.kill("SIGTERM");
    }
    expect(await ended).toBe(0);
  });
});
