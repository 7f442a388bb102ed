import { accounts, mackerelApiUrl, readAccounts, writeAccounts, type Accounts } from "./config/accounts.ts";
import { readAws, writeAws, type AwsConfig } from "./config/aws.ts";
import { readGitHub, writeGitHub, type GitHubConfig } from "./config/github.ts";
import { ConfigError, Reader, type Env } from "./config/reader.ts";
import { readSchedule, writeSchedule, type ScheduleConfig } from "./config/schedule.ts";

export { ConfigError, type GitHubConfig, type ScheduleConfig };

export interface BufferingHints {
  readonly seconds: number;
  readonly mebibytes: number;
}

export interface Config extends Accounts {
  readonly name: string;
  /** What is collected from GitHub; nothing where no repositories are named. */
  readonly github?: GitHubConfig | undefined;
  readonly schedule: ScheduleConfig;
  readonly accessKeys: readonly string[];
  readonly passthrough: boolean;
  /** For `/service`, which needs no Mackerel account of its own. */
  readonly mackerelApiUrl: string;
  readonly port: number;
  readonly dataDir: string;
  readonly buffer: BufferingHints;
  readonly retrySeconds: number;
  readonly aws: AwsConfig;
}

/**
 * Reads the configuration from environment variables; an empty variable is an unset one.
 * @throws ConfigError naming every problem; secrets never show in it.
 */
export function readConfig(env: Env): Config {
  const read = new Reader(env);
  const config: Config = {
    name: nameOf(read),
    github: readGitHub(read),
    schedule: readSchedule(read),
    ...readAccounts(read),
    accessKeys: read.accessKeys(),
    passthrough: read.flag("HYDRANT_PASSTHROUGH"),
    mackerelApiUrl: read.url("MACKEREL_API_URL", mackerelApiUrl),
    port: read.integer("HYDRANT_PORT", 4573, 0, 65_535),
    dataDir: read.text("HYDRANT_DATA_DIR") ?? ".hydrant",
    buffer: {
      seconds: read.integer("BUFFER_SECONDS", 60, 0, 900),
      mebibytes: read.integer("BUFFER_MEBIBYTES", 1, 1, 3),
    },
    retrySeconds: read.integer("RETRY_SECONDS", 7200, 0, 7200),
    aws: readAws(read),
  };
  if (read.problems.length > 0) throw new ConfigError([...new Set(read.problems)]);
  return config;
}

/** The installation's name alone, for what has to be named before the rest can be read. */
export const readName = (env: Env): string => nameOf(new Reader(env));

const nameOf = (read: Reader): string =>
  read.matching("HYDRANT_NAME", "hydrant", /^[a-zA-Z0-9_-]{1,40}$/, "1-40 letters, digits, _ or -");

/** The environment variables that `readConfig` reads back as the same configuration. */
export function writeConfig(config: Config): Record<string, string> {
  return {
    HYDRANT_NAME: config.name,
    ...(config.github && writeGitHub(config.github)),
    ...writeSchedule(config.schedule),
    ...writeAccounts(config),
    MACKEREL_API_URL: config.mackerelApiUrl,
    HYDRANT_ACCESS_KEYS: config.accessKeys.join(","),
    HYDRANT_PASSTHROUGH: config.passthrough ? "1" : "",
    HYDRANT_PORT: String(config.port),
    HYDRANT_DATA_DIR: config.dataDir,
    BUFFER_SECONDS: String(config.buffer.seconds),
    BUFFER_MEBIBYTES: String(config.buffer.mebibytes),
    RETRY_SECONDS: String(config.retrySeconds),
    ...writeAws(config.aws),
  };
}

export type StreamDestination = keyof Accounts | "preview";

/** The streams of a configuration: one for each configured destination, else the preview. */
export function streamsOf(config: Config): { name: string; destination: StreamDestination }[] {
  const configured = accounts.map(({ name }) => name).filter((name) => config[name] !== undefined);
  const destinations: StreamDestination[] = configured.length > 0 ? configured : ["preview"];
  return destinations.map((destination) => ({ name: `${config.name}-${destination}`, destination }));
}
