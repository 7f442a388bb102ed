import fc from "fast-check";
import { expect, it } from "vitest";

import { readConfig, writeConfig, type Config } from "../../lib/config.ts";
import { datadogSites } from "../../lib/destinations/datadog-sites.ts";
import { runs } from "../support/runs.ts";

const word = fc.stringMatching(/^[a-z][a-z0-9.]{0,9}$/);
const key = fc.stringMatching(/^[\x21-\x2b\x2d-\x7e]{1,40}$/);
const service = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{1,20}$/);
const url = fc.constantFrom(
  "https://proxy.test",
  "https://proxy.test/a",
  "http://localhost:80",
  "http://[::1]:9",
);

const config: fc.Arbitrary<Config> = fc
  .record({
    name: fc.stringMatching(/^[a-zA-Z0-9_-]{1,40}$/),
    datadog: fc.option(
      fc.record({
        apiKey: key,
        apiUrl: url,
        site: fc.constantFrom(...datadogSites),
        historical: fc.array(fc.oneof(word, fc.constant("*")), { maxLength: 3 }),
      }),
      { nil: undefined },
    ),
    account: fc.option(fc.record({ apiKey: key, service, more: fc.array(service, { maxLength: 3 }) }), {
      nil: undefined,
    }),
    accessKeys: fc.array(key, { maxLength: 3 }),
    passthrough: fc.boolean(),
    mackerelApiUrl: url,
    port: fc.integer({ min: 0, max: 65_535 }),
    dataDir: fc.constantFrom(".hydrant", "/var/lib/hydrant", "a b"),
    buffer: fc.record({
      seconds: fc.integer({ min: 0, max: 900 }),
      mebibytes: fc.integer({ min: 1, max: 3 }),
    }),
    retrySeconds: fc.integer({ min: 0, max: 7200 }),
  })
  .map(({ account, ...rest }) => ({
    ...readConfig({}),
    ...rest,
    mackerel: account && {
      apiKey: account.apiKey,
      apiUrl: rest.mackerelApiUrl,
      service: account.service,
      services: [...new Set([account.service, ...account.more])],
    },
  }));

it("a configuration that was written is read as the same", () => {
  fc.assert(
    fc.property(config, (written) => {
      expect(readConfig(writeConfig(written))).toEqual(written);
    }),
    { numRuns: runs(1_000) },
  );
});
