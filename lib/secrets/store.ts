import { GetSecretValueCommand, type GetSecretValueCommandOutput } from "@aws-sdk/client-secrets-manager";

/** The newest version of a secret, or the one before. */
export type SecretStage = "AWSCURRENT" | "AWSPREVIOUS";

export interface SecretVersion {
  readonly value: string;
  readonly createdMs: number;
}

export interface SecretStore {
  /**
   * Undefined where the secret has no such version, or is not there at all.
   * @throws when the store does not answer, or not to us.
   */
  read(secretId: string, stage: SecretStage): Promise<SecretVersion | undefined>;
}

/** The part of `SecretsManagerClient` that reads. */
export interface SecretsSender {
  send(command: GetSecretValueCommand): Promise<GetSecretValueCommandOutput>;
}

/** AWS Secrets Manager. */
export function awsSecretStore(client: SecretsSender): SecretStore {
  return {
    async read(secretId, stage) {
      try {
        const version = await client.send(
          new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage }),
        );
        return { value: version.SecretString ?? "", createdMs: version.CreatedDate?.getTime() ?? 0 };
      } catch (error) {
        // A secret without a value is not found either: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
        if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
        throw error;
      }
    },
  };
}
