import type { Clock } from "../clock.ts";
import { SecretError, type SecretVariable } from "../secrets.ts";
import { accessKeyOf } from "./access-key-secret.ts";
import type { SecretStage, SecretStore, SecretVersion } from "./store.ts";

/** How long a rotated access key is still taken; Firehose caches the one it has for 10 minutes. */
export const previousKeyMs = 3 * 3_600_000;

/** A key that was pushed is used, and one that was revoked refused, after at most this. */
const maxAgeMs = (variable: SecretVariable): number =>
  variable === "HYDRANT_ACCESS_KEYS" ? 60_000 : 300_000;

const refreshMs = 60_000;

/** Secrets that were read a short while ago. */
export class SecretCache {
  readonly #store: SecretStore;
  readonly #clock: Clock;
  readonly #values = new Map<string, { readonly value: string; readonly readMs: number }>();
  #refreshedMs = Number.NEGATIVE_INFINITY;

  constructor(store: SecretStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * A secret's value; of the access keys those that are taken now, separated by commas.
   * @throws SecretError
   */
  async read(variable: SecretVariable, arn: string): Promise<string> {
    const nowMs = this.#clock.nowMs();
    const known = this.#values.get(arn);
    if (known !== undefined && nowMs - known.readMs < maxAgeMs(variable)) return known.value;
    const value = await (variable === "HYDRANT_ACCESS_KEYS"
      ? this.#readAccessKeys(arn)
      : this.#readValue(arn));
    this.#values.set(arn, { value, readMs: nowMs });
    return value;
  }

  /** Has the secret read anew, because a key came that is not known; says whether it will be: once a minute at most. */
  forget(arn: string): boolean {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#refreshedMs < refreshMs) return false;
    this.#refreshedMs = nowMs;
    return this.#values.delete(arn);
  }

  async #readValue(arn: string): Promise<string> {
    const value = (await this.#ask(arn, "AWSCURRENT"))?.value.trim();
    if (value) return value;
    throw new SecretError(
      `The secret ${nameOf(arn)} has no value: npm run hydrant -- secrets push fills it from .env`,
    );
  }

  async #readAccessKeys(arn: string): Promise<string> {
    const current = await this.#ask(arn, "AWSCURRENT");
    const currentKey = current && accessKeyOf(current.value);
    if (current === undefined || currentKey === undefined) {
      const remedy = "npm run hydrant -- secrets rotate makes a new one";
      throw new SecretError(`The secret ${nameOf(arn)} holds no access key: ${remedy}`);
    }
    if (this.#clock.nowMs() - current.createdMs >= previousKeyMs) return currentKey;
    const previous = await this.#ask(arn, "AWSPREVIOUS");
    const previousKey = previous && accessKeyOf(previous.value);
    return previousKey === undefined ? currentKey : `${currentKey},${previousKey}`;
  }

  async #ask(arn: string, stage: SecretStage): Promise<SecretVersion | undefined> {
    try {
      return await this.#store.read(arn, stage);
    } catch (error) {
      const reason = error instanceof Error ? error.name : "unknown";
      throw new SecretError(`The secret ${nameOf(arn)} could not be read: ${reason}`, { cause: error });
    }
  }
}

/** An ARN ends with the name, a hyphen and six characters: https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html */
function nameOf(arn: string): string {
  return /:secret:(.+)-[A-Za-z0-9]{6}$/.exec(arn)?.[1] ?? arn;
}
