import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { Plan } from "./plan.ts";
import type { Secrets } from "./secrets.ts";

/** What the parts of an installation have in common. */
export interface Parts {
  readonly plan: Plan;
  /** The folder that holds a folder with the bundle of each function. */
  readonly bundles: string;
  readonly secrets: Secrets;
  readonly bucket: Bucket;
}
