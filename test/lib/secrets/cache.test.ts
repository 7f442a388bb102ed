import { describe, expect, it } from "vitest";

import { accessKeyOf, accessKeySecret } from "../../../lib/secrets/access-key-secret.ts";
import { SecretCache } from "../../../lib/secrets/cache.ts";
import type { SecretStage, SecretStore, SecretVersion } from "../../../lib/secrets/store.ts";
import { requireSecrets, resolveSecrets, SecretError, withheld } from "../../../lib/secrets.ts";

const arn = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:hydrant/DATADOG_API_KEY-a1B2c3";
const minuteMs = 60_000;

/** A store in this process that counts how often it is asked, and a clock that is turned by hand. */
function start(versions: Partial<Record<SecretStage, SecretVersion>>) {
  const asked: SecretStage[] = [];
  const time = { nowMs: 1_700_000_000_000 };
  const store: SecretStore = {
    read: (_, stage) => {
      asked.push(stage);
      return Promise.resolve(versions[stage]);
    },
  };
  const clock = { nowMs: () => time.nowMs, sleep: () => Promise.resolve() };
  return { cache: new SecretCache(store, clock), asked, time, versions };
}

const key = (name: string, createdMs: number): SecretVersion => ({ value: accessKeySecret(name), createdMs });

describe("a secret that was read", () => {
  it("is read anew after five minutes, an access key after one", async () => {
    const { cache, asked, time } = start({ AWSCURRENT: key("a", 0) });
    for (let minute = 0; minute < 10; minute++) {
      await cache.read("DATADOG_API_KEY", "one");
      await cache.read("HYDRANT_ACCESS_KEYS", "other");
      time.nowMs += minuteMs;
    }
    expect(asked).toHaveLength(2 + 10);
  });

  it("is read anew for an unknown key once a minute at most", async () => {
    const { cache, time } = start({ AWSCURRENT: key("a", 0) });
    await cache.read("HYDRANT_ACCESS_KEYS", arn);
    expect([cache.forget(arn), cache.forget(arn)]).toEqual([true, false]);
    await cache.read("HYDRANT_ACCESS_KEYS", arn);
    time.nowMs += minuteMs;
    expect(cache.forget(arn)).toBe(true);
  });

  it("without a value is an error that names it and the remedy, each time anew", async () => {
    const { cache, versions } = start({});
    const problem = "The secret hydrant/DATADOG_API_KEY has no value: npm run hydrant -- secrets push";
    await expect(cache.read("DATADOG_API_KEY", arn)).rejects.toThrow(problem);
    versions.AWSCURRENT = { value: " value\n", createdMs: 0 };
    expect(await cache.read("DATADOG_API_KEY", arn)).toBe("value");
  });

  it("that the store keeps to itself is an error without the store's words", async () => {
    const store = {
      read: () => Promise.reject(Object.assign(new Error("secret words"), { name: "AccessDeniedException" })),
    };
    const cache = new SecretCache(store, { nowMs: () => 0, sleep: () => Promise.resolve() });
    const failed = cache.read("DATADOG_API_KEY", arn);
    await expect(failed).rejects.toThrow(SecretError);
    await expect(failed).rejects.toThrow(/could not be read: AccessDeniedException$/);
  });
});

describe("the access keys", () => {
  it("hold the one before for three hours, and ask for it no longer", async () => {
    const nowMs = 1_700_000_000_000;
    const { cache, asked, time } = start({
      AWSCURRENT: key("new", nowMs),
      AWSPREVIOUS: key("old", 0),
    });
    expect(await cache.read("HYDRANT_ACCESS_KEYS", arn)).toBe("new,old");
    time.nowMs += 180 * minuteMs - 1;
    expect(await cache.read("HYDRANT_ACCESS_KEYS", arn)).toBe("new,old");
    time.nowMs += minuteMs;
    asked.length = 0;
    expect(await cache.read("HYDRANT_ACCESS_KEYS", arn)).toBe("new");
    expect(asked).toEqual(["AWSCURRENT"]);
  });

  it.each(["", "plain", "null", "[]", '{"api_key":""}', '{"api_key":1}', '{"key":"a"}'])(
    "are none in the secret %j",
    async (value) => {
      const { cache } = start({ AWSCURRENT: { value, createdMs: 0 } });
      expect(accessKeyOf(value)).toBeUndefined();
      await expect(cache.read("HYDRANT_ACCESS_KEYS", arn)).rejects.toThrow(/holds no access key/);
    },
  );
});

const none = (variable: string): Promise<string> => Promise.reject(new SecretError(`no ${variable}`));

describe("an environment with ARNs", () => {
  const env = { DATADOG_API_KEY_SECRET_ARN: "d", GITHUB_TOKEN_SECRET_ARN: "g", MACKEREL_SERVICE: "shop" };

  it("gets the values that are wanted, a stand-in for the others, and keeps the rest", async () => {
    const resolved = await resolveSecrets(env, ["GITHUB_TOKEN"], (_, of) =>
      Promise.resolve(`value of ${of}`),
    );
    expect(resolved).toEqual({
      env: { ...env, DATADOG_API_KEY: withheld, GITHUB_TOKEN: "value of g" },
      problems: {},
    });
  });

  it("tells what is missing, all together where nothing can be done without", async () => {
    const wanted = ["DATADOG_API_KEY", "GITHUB_TOKEN"] as const;
    expect((await resolveSecrets(env, wanted, none)).problems).toEqual({
      DATADOG_API_KEY: "no DATADOG_API_KEY",
      GITHUB_TOKEN: "no GITHUB_TOKEN",
    });
    await expect(requireSecrets(env, wanted, none)).rejects.toThrow("no DATADOG_API_KEY\nno GITHUB_TOKEN");
  });

  it("asks for nothing where there are none", async () => {
    expect((await resolveSecrets({ A: "b" }, ["GITHUB_TOKEN"], none)).env).toEqual({ A: "b" });
  });
});
