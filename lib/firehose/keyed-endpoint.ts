import { ConfigError, readConfig } from "../config.ts";
import { accounts } from "../config/accounts.ts";
import type { Env } from "../config/reader.ts";
import { outletsOf, passthroughOf } from "../destinations/index.ts";
import { arnVariableOf, endpointSecrets, resolveSecrets } from "../secrets.ts";
import type { SecretCache } from "../secrets/cache.ts";
import type { Send } from "../send.ts";
import { isAuthorized } from "./access-key.ts";
import { createEndpoint, type Endpoint, type EndpointParts } from "./endpoint.ts";

export interface KeyedEndpointParts extends Pick<EndpointParts, "backup" | "clock" | "report"> {
  readonly env: Env;
  readonly secrets: Pick<SecretCache, "read" | "forget">;
  readonly send: Send;
}

/**
 * The endpoint of an environment whose keys may change while it runs. What a missing key stops is answered with 503 and
 * the name of the secret; an unknown access key has the known ones read anew.
 */
export function createKeyedEndpoint(parts: KeyedEndpointParts): Endpoint {
  const { env, secrets, clock } = parts;
  const accessKeysArn = env[arnVariableOf("HYDRANT_ACCESS_KEYS")];
  return async (request, deadlineMs) => {
    const startMs = clock.nowMs();
    let current = await endpointParts(parts);
    const sent = request.headers.get("x-amz-firehose-access-key");
    const isStranger = sent !== null && !isAuthorized(sent, current.accessKeys);
    if (isStranger && accessKeysArn !== undefined && secrets.forget(accessKeysArn)) {
      current = await endpointParts(parts);
    }
    return createEndpoint(current)(request, deadlineMs - (clock.nowMs() - startMs));
  };
}

async function endpointParts({ env, secrets, send, ...fixed }: KeyedEndpointParts): Promise<EndpointParts> {
  const resolved = await resolveSecrets(env, endpointSecrets, (variable, arn) => secrets.read(variable, arn));
  const { problems } = resolved;
  try {
    const config = readConfig(resolved.env);
    return {
      ...fixed,
      accessKeys: config.accessKeys,
      outlets: outletsOf(config, send),
      passthrough: passthroughOf(config, send),
      problem: problems.HYDRANT_ACCESS_KEYS,
      problems: Object.fromEntries(accounts.map(({ name, keys }) => [`/${name}`, problems[keys[0]]])),
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { ...fixed, accessKeys: [], outlets: outletsOf(readConfig({}), send), problem: error.message };
  }
}
