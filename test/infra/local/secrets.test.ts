import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { UsageError } from "../../../infra/local/arguments.ts";
import { pushSecrets, rotateSecret, type SecretsParts } from "../../../infra/local/secrets.ts";
import { ConfigError } from "../../../lib/config.ts";
import { accessKeyOf, accessKeySecret } from "../../../lib/secrets/access-key-secret.ts";
import { SecretCache } from "../../../lib/secrets/cache.ts";
import { awsSecretStore } from "../../../lib/secrets/store.ts";
import { isMotoThere, onMoto, startMoto, type Moto } from "../../support/moto.ts";

const hourMs = 3_600_000;

describe.skipIf(!isMotoThere)(onMoto("hydrant secrets"), () => {
  let moto: Moto;
  let client: SecretsManagerClient;
  let installations = 0;
  let name = "";
  let lines: string[] = [];

  beforeAll(async () => {
    moto = await startMoto();
    client = new SecretsManagerClient(moto.client);
  });
  afterAll(async () => {
    client.destroy();
    await moto[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    name = `installation-${++installations}`;
    lines = [];
  });

  const parts = (env: Record<string, string>, nowMs = Date.now()): SecretsParts => ({
    env: { HYDRANT_NAME: name, ...env },
    clock: { nowMs: () => nowMs, sleep: () => Promise.resolve() },
    print: {
      out: (line) => void lines.push(line),
      err: (line) => void lines.push(line),
      style: (_, text) => text,
    },
    client,
  });
  const create = (variable: string, value?: string): Promise<unknown> =>
    client.send(
      new CreateSecretCommand({ Name: `${name}/${variable}`, ...(value && { SecretString: value }) }),
    );
  const read = async (variable: string, VersionStage = "AWSCURRENT"): Promise<string | undefined> => {
    const command = new GetSecretValueCommand({ SecretId: `${name}/${variable}`, VersionStage });
    return (await client.send(command).catch(() => undefined))?.SecretString;
  };

  it("fills what is configured, and shows names only", async () => {
    await create("DATADOG_API_KEY");
    await create("MACKEREL_API_KEY", "an-old-key");
    const env = { DD_API_KEY: "dd-key", MACKEREL_API_KEY: "mk-key", MACKEREL_SERVICE: "shop" };
    expect(await pushSecrets(parts(env))).toBe(0);
    expect(await pushSecrets(parts(env))).toBe(0);
    expect(lines).toEqual([
      `${name}/DATADOG_API_KEY   filled`,
      `${name}/MACKEREL_API_KEY  changed`,
      `${name}/DATADOG_API_KEY   unchanged`,
      `${name}/MACKEREL_API_KEY  unchanged`,
    ]);
    expect([await read("DATADOG_API_KEY"), await read("MACKEREL_API_KEY")]).toEqual(["dd-key", "mk-key"]);
  });

  it("says what is not deployed, and what is set neither here nor there", async () => {
    await create("GITHUB_TOKEN");
    const env = { DATADOG_API_KEY: "dd-key", GITHUB_REPOSITORIES: "acme/web" };
    expect(await pushSecrets(parts(env))).toBe(1);
    expect(lines).toEqual([
      `${name}/DATADOG_API_KEY  is not there: npm run deploy makes it`,
      `${name}/GITHUB_TOKEN     has no value, and is not set here`,
    ]);
  });

  it("tells a bad configuration in words and writes nothing", async () => {
    await expect(pushSecrets(parts({}))).rejects.toThrow(ConfigError);
    await expect(pushSecrets(parts({ DATADOG_API_KEY: "with space" }))).rejects.toThrow(/DATADOG_API_KEY/);
  });

  const keysAt = (nowMs: number): Promise<string> =>
    new SecretCache(awsSecretStore(client), parts({}, nowMs).clock).read(
      "HYDRANT_ACCESS_KEYS",
      `${name}/HYDRANT_ACCESS_KEYS`,
    );
  const env = { DATADOG_API_KEY: "dd-key" };

  it("rotates to a new key, and the endpoint takes the one before for three more hours", async () => {
    await create("HYDRANT_ACCESS_KEYS", accessKeySecret("first"));
    await expect(rotateSecret({}, parts(env))).rejects.toThrow(UsageError);
    expect(await rotateSecret({}, parts(env, Date.now() + hourMs))).toBe(0);
    const key = accessKeyOf((await read("HYDRANT_ACCESS_KEYS")) ?? "") ?? "";
    expect(key).toMatch(/^[\w-]{64}$/);
    expect(await keysAt(Date.now())).toBe(`${key},first`);
    expect(await keysAt(Date.now() + 2.9 * hourMs)).toBe(`${key},first`);
    expect(await keysAt(Date.now() + 3.1 * hourMs)).toBe(key);
    expect(lines.join("\n")).not.toContain(key);
  });

  it("ends the key before at once where that is asked for", async () => {
    await create("HYDRANT_ACCESS_KEYS", accessKeySecret("first"));
    await client.send(
      new PutSecretValueCommand({
        SecretId: `${name}/HYDRANT_ACCESS_KEYS`,
        SecretString: accessKeySecret("second"),
      }),
    );
    expect(await rotateSecret({ revoke: true }, parts(env))).toBe(0);
    const key = accessKeyOf((await read("HYDRANT_ACCESS_KEYS")) ?? "") ?? "";
    expect(await read("HYDRANT_ACCESS_KEYS", "AWSPREVIOUS")).toBeUndefined();
    expect(await keysAt(Date.now())).toBe(key);
  });
});
