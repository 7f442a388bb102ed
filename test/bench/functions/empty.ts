import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { brisk } from "../../../lib/aws-patience.ts";

/** The least that a function with secrets does: it reads the two of a delivery, and answers. */
const client = new SecretsManagerClient(brisk);

export const handler = async (): Promise<{ readonly statusCode: number }> => {
  const ids = [process.env["HYDRANT_ACCESS_KEYS_SECRET_ARN"], process.env["MACKEREL_API_KEY_SECRET_ARN"]];
  await Promise.all(
    ids.map((SecretId) => client.send(new GetSecretValueCommand({ SecretId, VersionStage: "AWSCURRENT" }))),
  );
  return { statusCode: 200 };
};
