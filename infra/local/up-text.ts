import { resolve } from "node:path";
import type { Config } from "../../lib/config.ts";
import type { Host } from "./host.ts";
import { count, type Print } from "./print.ts";

type Env = Readonly<Record<string, string | undefined>>;

export interface UpFacts {
  readonly host: Host;
  readonly config: Config;
  readonly env: Env;
}

/** What `up` says when it is ready. */
export function upText({ host, config, env }: UpFacts, { style }: Pick<Print, "style">): string[] {
  const heading = (text: string): string => style("bold", text);
  return [
    `${heading("Hydrant")} listens on ${host.url} (this machine only)`,
    "",
    heading("Streams"),
    ...host.streams.map(({ name, url }) => `  ${name} -> ${whereTo(url, host.url)}`),
    ...section(heading("Not configured"), missing(config)),
    "",
    `${heading("Buffer")}   delivers after ${config.buffer.seconds} s or ${config.buffer.mebibytes} MiB; what fails is tried again for ${config.retrySeconds} s, then kept in the backup`,
    ...collectorLine(config, heading),
    `${heading("Data")}     ${resolve(config.dataDir)}, ${waiting(host)}`,
    "",
    heading("A first metric"),
    ...firstMetric(host, env),
    "",
    "Ctrl-C stops; what waits then is kept for the next start.",
  ];
}

function collectorLine({ github, schedule }: Config, heading: (text: string) => string): string[] {
  if (github === undefined) return [];
  const { expression, timezone } = schedule;
  return [`${heading("Collects")} ${github.repositories.join(", ")}: ${expression}, ${timezone}`];
}

function whereTo(url: string, hostUrl: string): string {
  const path = url.startsWith(`${hostUrl}/`) ? url.slice(hostUrl.length) : "";
  const places: Readonly<Record<string, string>> = {
    "/preview": "the preview: each point is printed here",
    "/datadog": "Datadog",
    "/mackerel": "Mackerel",
  };
  return places[path] ?? url;
}

function missing({ datadog, mackerel, github }: Config): string[] {
  return [
    ...(github === undefined ? ["  GitHub collector: set GITHUB_REPOSITORIES and GITHUB_TOKEN"] : []),
    ...(datadog === undefined ? ["  Datadog: set DATADOG_API_KEY (and DATADOG_SITE)"] : []),
    ...(mackerel === undefined ? ["  Mackerel: set MACKEREL_API_KEY and MACKEREL_SERVICE"] : []),
  ];
}

const section = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ["", heading, ...lines];

function waiting(host: Host): string {
  const stray = host
    .strayRecords()
    .map(
      ({ stream, records }) =>
        `; ${count(records, "record")} of ${stream}, a stream that is not there now, stay`,
    );
  return `${count(host.waitingRecords(), "record")} waiting${stray.join("")}`;
}

const defaultUrl = "http://127.0.0.1:4573";

/** Each command, pasted into a shell, puts a metric. Version 2 of the AWS CLI takes base64 unless told otherwise. */
function firstMetric({ url, streams }: Host, env: Env): string[] {
  const endpoint = url === defaultUrl ? "" : ` --endpoint-url ${url}`;
  const put = `firehose put-record --delivery-stream-name ${streams[0]?.name}`;
  return [
    `  npm run hydrant -- put demo.users 42${endpoint}`,
    "",
    "  with the AWS CLI, version 2 (version 1: without --cli-binary-format raw-in-base64-out)",
    `  ${awsVariables(env)}aws --endpoint-url ${url} --cli-binary-format raw-in-base64-out ${put} --record "Data=demo.users 42 $(date +%s)"`,
  ];
}

/** The AWS CLI asks for credentials and a region; any will do. */
function awsVariables(env: Env): string {
  const isSet = (...variables: readonly string[]): boolean => variables.some((variable) => env[variable]);
  const credentials = "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local ";
  return [
    isSet("AWS_ACCESS_KEY_ID", "AWS_PROFILE") ? "" : credentials,
    isSet("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE") ? "" : "AWS_DEFAULT_REGION=us-east-1 ",
  ].join("");
}
