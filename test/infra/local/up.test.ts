import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startFirehoseEndpoint } from "../../support/firehose-endpoint.ts";
import { pullRequestOf, repositoryOf } from "../../support/github-model.ts";
import { githubToken, startGitHub, type GitHubStandIn } from "../../support/github.ts";
import { clientOf, makeFolder, put, spawnHydrant, startHostProcess } from "../../support/host.ts";
import { until } from "../../support/until.ts";

const run = promisify(execFile);
const hasAws = await run("aws", ["--version"]).then(
  () => true,
  () => false,
);

const metric = (name: string): string =>
  `{"name":"${name}","value":42,"time":${Math.floor(performance.timeOrigin / 1000)}}`;

const isCommand = (line: string): boolean => line.includes("firehose put-record");

const model = { repositories: [repositoryOf("acme/web", { pullRequests: [pullRequestOf(1)] })] };

const collecting = ({ url }: GitHubStandIn): Record<string, string> => ({
  GITHUB_REPOSITORIES: "acme/web",
  GITHUB_TOKEN: githubToken,
  GITHUB_API_URL: url,
  COLLECT_SCHEDULE: "rate(1 hour)",
});

function removed(folder: string): undefined {
  rmSync(folder, { recursive: true, force: true });
}

describe("hydrant up", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const env = (more: Record<string, string> = {}): Record<string, string> => ({
    HYDRANT_DATA_DIR: folder,
    ...more,
  });

  it("says where it listens, what it has and has not, and how to send a first metric", async () => {
    await using host = await startHostProcess([], env());
    await until(() => host.out.some((line) => line.startsWith("Ctrl-C")), "the whole of it");
    const text = host.out.join("\n");
    expect(text).toContain(`Hydrant listens on ${host.url} (this machine only)`);
    expect(text).toContain("hydrant-preview -> the preview");
    expect(text).toContain("Datadog: set DATADOG_API_KEY");
    expect(text).toContain("Mackerel: set MACKEREL_API_KEY and MACKEREL_SERVICE");
    expect(text).toContain("after 1 s or 1 MiB");
    expect(text).toContain(`${folder}, 0 records waiting`);
    expect(text).toContain(`npm run hydrant -- put demo.users 42 --endpoint-url ${host.url}`);
  });

  it("prints the points that are put, and one line of JSON for each delivery", async () => {
    await using host = await startHostProcess([], env());
    await put(clientOf(host.url), "hydrant-preview", [metric("demo.users"), metric("demo\u001b.evil")]);
    await until(() => host.out.some((line) => / demo\.users {2}42 /.test(line)), "the point");
    await until(() => host.err.length > 0, "the report");
    expect(JSON.parse(host.err[0] ?? "")).toMatchObject({
      stream: "hydrant-preview",
      status: 200,
      records: 2,
    });
    expect(host.out.join("")).not.toContain("\u001b");
  });

  it.skipIf(!hasAws)(
    "prints a line that works with either version of the AWS CLI (skipped where there is no aws command)",
    async () => {
      await using host = await startHostProcess([], env());
      await until(() => host.out.some(isCommand), "the line");
      const shell = { env: { PATH: process.env["PATH"], HOME: folder } };
      const command = host.out.find(isCommand) ?? "";
      const { stdout: version, stderr } = await run("aws", ["--version"]);
      const isFirst = `${version}${stderr}`.startsWith("aws-cli/1");
      const forVersion = isFirst ? command.replace("--cli-binary-format raw-in-base64-out", "") : command;
      await run("sh", ["-c", forVersion], shell);
      await until(() => host.out.some((line) => / demo\.users {2}42 /.test(line)), "the point");
    },
  );

  it("delivers a further stream to any endpoint, with its key and attributes", async () => {
    await using endpoint = await startFirehoseEndpoint();
    const words = ["--stream", `web=${endpoint.url}`, "--access-key", "web=k", "--attribute", "web:team=a"];
    await using host = await startHostProcess(words, env({ BUFFER_SECONDS: "0" }));
    await put(clientOf(host.url), "web", ["hello"]);
    await until(() => host.err.some((line) => line.includes('"delivered"')), "the delivery");
    expect(endpoint.records()).toEqual(["hello"]);
    expect(endpoint.attempts[0]?.headers).toMatchObject({
      "x-amz-firehose-access-key": "k",
      "x-amz-firehose-common-attributes": '{"commonAttributes":{"team":"a"}}',
    });
    expect(host.out).toContain(`  web -> ${endpoint.url}`);
  });

  it("makes an access key once, and lets nobody in without it", async () => {
    const keys: string[] = [];
    for (let start = 0; start < 2; start++) {
      await using host = await startHostProcess([], env());
      const post = (key: string): Promise<Response> =>
        fetch(`${host.url}/preview`, { method: "POST", headers: { "x-amz-firehose-access-key": key } });
      const key = (await readFile(join(folder, "access-key"), "utf8")).trim();
      keys.push(key);
      expect((await post("guess")).status).toBe(401);
      expect((await post(key)).status).toBe(400);
    }
    expect(keys[0]).toMatch(/^[\w-]{43}$/);
    expect(keys[1]).toBe(keys[0]);
    expect((await stat(join(folder, "access-key"))).mode & 0o777).toBe(0o600);
  });

  it("stops on SIGTERM with what waits on disk, and goes on with it at the next start", async () => {
    await using endpoint = await startFirehoseEndpoint(() => ({ kind: "status", status: 503 }));
    const words = ["--stream", `web=${endpoint.url}`];
    {
      await using host = await startHostProcess(words, env({ BUFFER_SECONDS: "0" }));
      await put(clientOf(host.url), "web", ["a", "b"]);
      await until(() => endpoint.attempts.length > 0, "an attempt");
      host.child.kill("SIGTERM");
      expect(await host.ended).toBe(0);
      expect(host.out.at(-1)).toBe("Stopped. 2 records wait on disk for the next start.");
    }
    endpoint.fail([]);
    await using host = await startHostProcess(words, env());
    await until(() => endpoint.records().length === 2, "the records");
    expect(host.out.join("\n")).toContain("2 records waiting");
    expect(new Set(endpoint.attempts.map(({ requestId }) => requestId)).size).toBe(1);
  });

  it("collects on its schedule from the start, and stops doing so", async () => {
    await using github = await startGitHub({ model });
    await using host = await startHostProcess([], env(collecting(github)));
    await until(() => host.out.some((line) => / github\.pull_requests\.open {2}1 /.test(line)), "the point");
    expect(host.out.join("\n")).toContain("acme/web: rate(1 hour), UTC");
    expect(host.err.map((line) => (JSON.parse(line) as { kind?: string }).kind)).toContain("ticked");
    host.child.kill("SIGTERM");
    expect(await host.ended).toBe(0);
  });

  it("stops at once on the same signal again, even while it cannot put what it collected", async () => {
    // A host without its folder takes no put, which the collector tries again for 13 to 26 s.
    await using github = await startGitHub({ model, faults: () => removed(folder) });
    await using host = await startHostProcess([], env(collecting(github)));
    await until(() => github.requests.length > 0, "the tick");
    const isStopped = (): boolean => host.out.at(-1)?.startsWith("Stopped.") ?? false;
    await until(() => isStopped() || !host.child.kill("SIGINT"), "the end", 10_000);
    expect(host.out.at(-2)).toContain("the same signal again stops at once");
  });

  it("says which records belong to a stream that is not there now", async () => {
    {
      await using host = await startHostProcess(["--stream", "web=http://127.0.0.1:1/"], env());
      await put(clientOf(host.url), "web", ["a"]);
    }
    await using host = await startHostProcess([], env());
    await until(
      () => host.out.some((line) => line.includes("1 record of web, a stream that is not there now")),
      "it",
    );
  });

  it("refuses a folder that another host uses, and a port that is taken, with exit code 1", async () => {
    await using host = await startHostProcess([], env());
    await using second = spawnHydrant(["up"], env());
    expect(await second.ended).toBe(1);
    expect(second.err.join()).toContain(`Another Hydrant uses the data folder ${folder}`);
    const other = join(folder, "other");
    await mkdir(other);
    const port = new URL(host.url).port;
    await using third = spawnHydrant(["up"], { HYDRANT_DATA_DIR: other, HYDRANT_PORT: port });
    expect(await third.ended).toBe(1);
    expect(third.err.join()).toContain(`Port ${port} is taken`);
  });

  it("refuses a folder that cannot be one with exit code 1", async () => {
    await writeFile(join(folder, "file"), "");
    const dataDir = join(folder, "file", "x");
    await using host = spawnHydrant(["up"], { HYDRANT_DATA_DIR: dataDir });
    expect(await host.ended).toBe(1);
    expect(host.err.join()).toContain(`The data folder ${dataDir} cannot be used: `);
  });

  it("refuses a wrong configuration with exit code 2, all of it at once", async () => {
    await using host = spawnHydrant(["up"], env({ BUFFER_SECONDS: "soon", HYDRANT_PORT: "-1" }));
    expect(await host.ended).toBe(2);
    expect(host.err.join("\n")).toMatch(/HYDRANT_PORT[^]*BUFFER_SECONDS/);
  });

  it("refuses a further stream under a name that is taken with exit code 2", async () => {
    await using host = spawnHydrant(["up", "--stream", "hydrant-preview=http://127.0.0.1:1/"], env());
    expect(await host.ended).toBe(2);
    expect(host.err.join()).toContain("there is a stream hydrant-preview already");
  });
});
