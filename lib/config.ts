import { datadogSites, datadogApiUrl } from "./destinations/datadog-sites.ts";

export interface DatadogConfig {
  readonly apiKey: string;
  readonly apiUrl: string;
  readonly site: string;
  /** Metric names, or `*`. */
  readonly historical: readonly string[];
}

export interface MackerelConfig {
  readonly apiKey: string;
  readonly apiUrl: string;
  readonly service: string;
  /** Services that a record or a delivery may name; always holds `service`. */
  readonly services: readonly string[];
}

export interface BufferingHints {
  readonly seconds: number;
  readonly mebibytes: number;
}

export interface Config {
  readonly name: string;
  readonly datadog?: DatadogConfig | undefined;
  readonly mackerel?: MackerelConfig | undefined;
  readonly accessKeys: readonly string[];
  readonly passthrough: boolean;
  /** For `/service`, which needs no Mackerel account of its own. */
  readonly mackerelApiUrl: string;
  readonly port: number;
  readonly dataDir: string;
  readonly buffer: BufferingHints;
  readonly retrySeconds: number;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Every problem of a configuration at once, each with the variable, what it must be and what it is. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(["Bad configuration:", ...problems.map((problem) => `- ${problem}`)].join("\n"));
    this.problems = problems;
  }
}

/**
 * Reads the configuration from environment variables; an empty variable is an unset one.
 * @throws ConfigError naming every problem; secrets never show in it.
 */
export function readConfig(env: Env): Config {
  const read = new Reader(env);
  const config: Config = {
    name: read.matching("HYDRANT_NAME", "hydrant", /^[a-zA-Z0-9_-]{1,40}$/, "1-40 letters, digits, _ or -"),
    datadog: readDatadog(read),
    mackerel: readMackerel(read),
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
  };
  if (read.problems.length > 0) throw new ConfigError([...new Set(read.problems)]);
  return config;
}

/** The environment variables that `readConfig` reads back as the same configuration. */
export function writeConfig(config: Config): Record<string, string> {
  const { datadog, mackerel } = config;
  return {
    HYDRANT_NAME: config.name,
    ...(datadog && {
      DATADOG_API_KEY: datadog.apiKey,
      DATADOG_SITE: datadog.site,
      DATADOG_API_URL: datadog.apiUrl,
      DATADOG_HISTORICAL: datadog.historical.join(","),
    }),
    ...(mackerel && {
      MACKEREL_API_KEY: mackerel.apiKey,
      MACKEREL_SERVICE: mackerel.service,
      MACKEREL_SERVICES: mackerel.services.join(","),
    }),
    MACKEREL_API_URL: config.mackerelApiUrl,
    HYDRANT_ACCESS_KEYS: config.accessKeys.join(","),
    HYDRANT_PASSTHROUGH: config.passthrough ? "1" : "",
    HYDRANT_PORT: String(config.port),
    HYDRANT_DATA_DIR: config.dataDir,
    BUFFER_SECONDS: String(config.buffer.seconds),
    BUFFER_MEBIBYTES: String(config.buffer.mebibytes),
    RETRY_SECONDS: String(config.retrySeconds),
  };
}

export type StreamDestination = "datadog" | "mackerel" | "preview";

/** The streams of a configuration: one for each configured destination, else the preview. */
export function streamsOf(config: Config): { name: string; destination: StreamDestination }[] {
  const destinations: StreamDestination[] = [];
  if (config.datadog) destinations.push("datadog");
  if (config.mackerel) destinations.push("mackerel");
  if (destinations.length === 0) destinations.push("preview");
  return destinations.map((destination) => ({ name: `${config.name}-${destination}`, destination }));
}

const mackerelApiUrl = "https://api.mackerelio.com";

/** Source: https://mackerel.io/api-docs/entry/services */
const serviceName = /^[A-Za-z0-9][A-Za-z0-9_-]{1,62}$/;
const serviceNameRule = "2-63 letters, digits, _ or -, starting with a letter or digit";

function readDatadog(read: Reader): DatadogConfig | undefined {
  const site = read.oneOf(read.first("DATADOG_SITE", "DD_SITE"), "datadoghq.com", datadogSites);
  const apiUrl = read.url("DATADOG_API_URL", datadogApiUrl(site));
  const historical = read.list("DATADOG_HISTORICAL");
  const apiKey = read.secret(read.first("DATADOG_API_KEY", "DD_API_KEY"));
  return apiKey === undefined ? undefined : { apiKey, apiUrl, site, historical };
}

function readMackerel(read: Reader): MackerelConfig | undefined {
  const service = read.text("MACKEREL_SERVICE");
  const services = read.list("MACKEREL_SERVICES");
  if (service !== undefined) read.check("MACKEREL_SERVICE", service, serviceName, serviceNameRule);
  for (const each of services)
    read.check("MACKEREL_SERVICES", each, serviceName, `names of ${serviceNameRule}`);
  const apiKey = read.secret(read.first("MACKEREL_API_KEY", "MACKEREL_APIKEY"));
  if (apiKey === undefined) return undefined;
  if (service === undefined) {
    read.problems.push("MACKEREL_SERVICE must be the service that points go to; it is not set");
    return undefined;
  }
  const apiUrl = read.url("MACKEREL_API_URL", mackerelApiUrl);
  return { apiKey, apiUrl, service, services: [...new Set([service, ...services])] };
}

/** Reads variables one by one and notes what is wrong, so that all problems are told together. */
class Reader {
  readonly problems: string[] = [];
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  text(variable: string): string | undefined {
    const text = this.#env[variable]?.trim();
    return text === "" ? undefined : text;
  }

  first(...variables: string[]): { variable: string; text: string | undefined } {
    const variable = variables.find((each) => this.text(each) !== undefined) ?? variables[0] ?? "";
    return { variable, text: this.text(variable) };
  }

  list(variable: string): string[] {
    const parts = (this.text(variable) ?? "").split(",");
    return parts.map((part) => part.trim()).filter((part) => part !== "");
  }

  check(variable: string, text: string, pattern: RegExp, rule: string): void {
    if (!pattern.test(text)) this.problems.push(`${variable} must be ${rule}; it is ${JSON.stringify(text)}`);
  }

  matching(variable: string, otherwise: string, pattern: RegExp, rule: string): string {
    const text = this.text(variable) ?? otherwise;
    this.check(variable, text, pattern, rule);
    return text;
  }

  flag(variable: string): boolean {
    const text = this.text(variable);
    if (text !== undefined && text !== "0" && text !== "1") {
      this.problems.push(`${variable} must be 1 (on) or 0 (off); it is ${JSON.stringify(text)}`);
    }
    return text === "1";
  }

  integer(variable: string, otherwise: number, min: number, max: number): number {
    const text = this.text(variable);
    if (text === undefined) return otherwise;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    this.problems.push(
      `${variable} must be a whole number from ${min} to ${max}; it is ${JSON.stringify(text)}`,
    );
    return otherwise;
  }

  oneOf<T extends string>(
    { variable, text }: { variable: string; text: string | undefined },
    otherwise: T,
    all: readonly T[],
  ): T {
    if (text === undefined) return otherwise;
    const found = all.find((each) => each === text);
    if (found === undefined) {
      this.problems.push(`${variable} must be one of ${all.join(", ")}; it is ${JSON.stringify(text)}`);
    }
    return found ?? otherwise;
  }

  url(variable: string, otherwise: string): string {
    const text = this.text(variable);
    if (text === undefined) return otherwise;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
    if (url === undefined || !isSafe || url.username !== "" || url.search !== "" || url.hash !== "") {
      this.problems.push(
        `${variable} must be an https URL (http only to this machine); it is ${showUrl(text, url)}`,
      );
      return otherwise;
    }
    return text.replace(/\/+$/, "");
  }

  /** A key travels in a header; the problem with a bad one is told without the key. */
  secret({ variable, text }: { variable: string; text: string | undefined }): string | undefined {
    if (text !== undefined && !/^[\x21-\x7e]+$/.test(text)) {
      this.problems.push(`${variable} must be printable ASCII without spaces; it holds other characters`);
    }
    return text;
  }

  accessKeys(): string[] {
    const keys = this.list("HYDRANT_ACCESS_KEYS");
    for (const key of keys) {
      this.secret({ variable: "HYDRANT_ACCESS_KEYS", text: key });
      if (key.length > maxAccessKeyBytes) {
        this.problems.push(
          `HYDRANT_ACCESS_KEYS must be keys of at most ${maxAccessKeyBytes} characters; one is longer`,
        );
      }
    }
    return keys;
  }
}

/** Source: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html, X-Amz-Firehose-Access-Key */
const maxAccessKeyBytes = 4096;

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

function showUrl(text: string, url: URL | undefined): string {
  return url !== undefined && (url.username !== "" || url.search !== "")
    ? "one with a secret in it"
    : JSON.stringify(text);
}
