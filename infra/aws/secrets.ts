import { CfnSecret, Secret, type ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { arnVariableOf, secretNameOf, type SecretVariable } from "../../lib/secrets.ts";
import { accept } from "./accept.ts";
import type { Plan } from "./plan.ts";

/** The installation's secrets. None has its value from here but the access key, which Secrets Manager makes up. */
export class Secrets extends Construct {
  /** What Firehose presents at the endpoint. */
  readonly accessKey: ISecret;
  readonly #secrets: ReadonlyMap<SecretVariable, ISecret>;

  constructor(scope: Construct, id: string, { config, secrets }: Plan) {
    super(scope, id);
    const accessKey = new Secret(this, "AccessKey", {
      secretName: secretNameOf(config.name, "HYDRANT_ACCESS_KEYS"),
      description:
        "What Firehose presents at Hydrant's endpoint. npm run hydrant -- secrets rotate changes it.",
      // The form in which Firehose reads it: https://docs.aws.amazon.com/firehose/latest/dev/secrets-manager-whats-secret.html
      generateSecretString: {
        secretStringTemplate: "{}",
        generateStringKey: "api_key",
        excludePunctuation: true,
        passwordLength: 64,
      },
    });
    const rotated =
      "Firehose has no rotation function; npm run hydrant -- secrets rotate does it without a gap.";
    accept(accessKey, "AwsSolutions-SMG4", rotated);
    this.accessKey = accessKey as ISecret;
    const filled = secrets.map((variable) => [variable, this.#empty(config.name, variable)] as const);
    this.#secrets = new Map([["HYDRANT_ACCESS_KEYS", this.accessKey], ...filled]);
  }

  /** CDK's own construct would make up a random value, which would then go to a service as its key. */
  #empty(installation: string, variable: SecretVariable): ISecret {
    const resource = new CfnSecret(this, variable, {
      name: secretNameOf(installation, variable),
      description: `Hydrant's ${variable}. npm run hydrant -- secrets push fills it from .env.`,
    });
    accept(
      resource,
      "AwsSolutions-SMG4",
      "The service that the key is of makes it, and only there it can be rotated.",
    );
    return Secret.fromSecretCompleteArn(this, `${variable}-secret`, resource.ref);
  }

  /** The ARNs of those of these secrets that there are, in the variables in which functions look for them. */
  environment(...variables: readonly SecretVariable[]): Record<string, string> {
    const entries = variables.flatMap((variable) => {
      const secret = this.#secrets.get(variable);
      return secret === undefined ? [] : [[arnVariableOf(variable), secret.secretArn] as const];
    });
    return Object.fromEntries(entries);
  }

  /** The ARNs of those of these secrets that there are. */
  arnsOf(...variables: readonly SecretVariable[]): string[] {
    return variables.flatMap((variable) => this.#secrets.get(variable)?.secretArn ?? []);
  }
}
