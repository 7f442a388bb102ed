import { Duration, RemovalPolicy } from "aws-cdk-lib";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectOwnership,
  type CfnBucket,
} from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { accept } from "./accept.ts";

/**
 * Also for what nobody redrove: its alarm rang a year ago, and the pass-through's streams have no prefix that is known
 * here and could be left out. A bucket that only grows would be the other choice.
 */
const keepDays = 365;
/** An object that was deleted or written over can be had back for this long. */
const undoDays = 30;

/** Where everything goes that no destination took: private, encrypted, TLS only, and still there after an accident. */
export class BackupBucket extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, "Bucket", {
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      versioned: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        {
          id: "forget-what-nobody-fetched",
          expiration: Duration.days(keepDays),
          noncurrentVersionExpiration: Duration.days(undoDays),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
        { id: "clear-up-after-deletions", expiredObjectDeleteMarker: true },
      ],
    });
    // CDK's own switch for this brings a function along; the bucket can do it by itself.
    const resource = this.bucket.node.defaultChild as CfnBucket;
    resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    accept(
      this.bucket,
      "AwsSolutions-S1",
      "Access logs would need a bucket of their own, which has none in turn.",
    );
  }
}
