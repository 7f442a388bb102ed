export type Env = Readonly<Record<string, string | undefined>>;

/** Every problem of a configuration at once, each with the variable, what it must be and what it is. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(["Bad configuration:", ...problems.map((problem) => `- ${problem}`)].join("\n"));
    this.problems = problems;
  }
}

/** Reads variables one by one and notes what is wrong, so that all problems are told together. */
export class Reader {
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
    if (isSafe && !mayHoldSecret(text)) return text.replace(/\/+$/, "");
    const shown = mayHoldSecret(text) ? "one with a secret in it" : JSON.stringify(text);
    this.problems.push(`${variable} must be an https URL (http only to this machine); it is ${shown}`);
    return otherwise;
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

/** Whether a URL says more than a place: a user, a query or a fragment. */
function mayHoldSecret(url: string): boolean {
  return /[@?#]/.test(url);
}
