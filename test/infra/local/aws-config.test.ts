import { describe, expect, it } from "vitest";

import { readAwsCollectConfig, readAwsConfig } from "../../../infra/local/aws-config.ts";
import { ConfigError, streamsOf, type Config } from "../../../lib/config.ts";

const streamNames = (config: Config): string[] => streamsOf(config).map(({ name }) => name);

describe("the configuration of what is deployed", () => {
  it("has a stream for each destination, whether its key is set here or not", () => {
    expect(streamNames(readAwsConfig({ DATADOG_SITE: "datadoghq.eu", MACKEREL_SERVICE: "web" }))).toEqual([
      "hydrant-datadog",
      "hydrant-mackerel",
    ]);
    const { mackerel } = readAwsConfig({ MACKEREL_SERVICE: "web", MACKEREL_API_KEY: "k" });
    expect(mackerel).toMatchObject({ apiKey: "k", service: "web" });
  });

  it("has no destination where nothing says where points go", () => {
    expect(readAwsConfig({ HYDRANT_NAME: "p" })).toMatchObject({ name: "p", datadog: undefined });
    expect(readAwsConfig({}).mackerel).toBeUndefined();
  });

  it("tells what is wrong", () => {
    expect(() => readAwsConfig({ DATADOG_SITE: "nowhere" })).toThrow(ConfigError);
    expect(() => readAwsConfig({ BUFFER_SECONDS: "x" })).toThrow(/BUFFER_SECONDS/);
  });

  it("has GitHub's own key for who collects from here, and asks for it where it is not set", () => {
    const env = { DATADOG_SITE: "datadoghq.eu", GITHUB_REPOSITORIES: "acme/web" };
    const config = readAwsCollectConfig({ ...env, GITHUB_TOKEN: "t" });
    expect(config.github?.signIn).toEqual({ kind: "token", token: "t" });
    expect(streamNames(config)).toEqual(["hydrant-datadog"]);
    expect(readAwsConfig(env).github).toBeDefined();
    expect(() => readAwsCollectConfig(env)).toThrow(/GITHUB_TOKEN must be/);
  });
});
