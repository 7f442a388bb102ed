import { Stack, Validations, type CfnElement } from "aws-cdk-lib";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import type { IConstruct } from "constructs";

/** Accepts one finding of cdk-nag at one construct, for a reason. */
export function accept(construct: IConstruct, finding: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: finding, reason });
}

/** Accepts that a role reaches all objects of a bucket under a prefix: that many objects have no other name. */
export function acceptPrefix(role: IConstruct, bucket: Bucket, prefix: string): void {
  const id = Stack.of(role).getLogicalId(bucket.node.defaultChild as CfnElement);
  const reason = "The objects are named by date and request; the role reaches none outside its own prefix.";
  accept(role, `AwsSolutions-IAM5[Resource::<${id}.Arn>/${prefix}]`, reason);
}
