import { reasonOf } from "../../lib/firehose/put-errors.ts";
import { UsageError } from "./arguments.ts";

interface AwsClient {
  readonly config: {
    region(): Promise<string>;
    credentials(): Promise<unknown>;
  };
}

/** @throws UsageError saying what to do, where AWS is not set up on this machine. */
export async function checkAws({ config }: AwsClient): Promise<void> {
  await config.region().catch(() => {
    throw new UsageError("no AWS region: set AWS_REGION, or the region of your profile in ~/.aws/config");
  });
  await config.credentials().catch((error: unknown) => {
    throw new UsageError(
      `no AWS credentials: sign in (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (${reasonOf(error)})`,
    );
  });
}
