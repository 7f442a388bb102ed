import { Aws, Duration, RemovalPolicy, Size, Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Compression,
  DeliveryStream,
  EnableLogging,
  HttpBackupMode,
  HttpCompression,
  HttpEndpoint,
  StreamEncryption,
} from "aws-cdk-lib/aws-kinesisfirehose";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { acceptPrefix } from "./accept.ts";
import { logRetention } from "./node-function.ts";
import type { Parts } from "./parts.ts";

export interface MetricStreamProps {
  readonly streamName: string;
  readonly url: string;
}

const backups = { failed: HttpBackupMode.FAILED, all: HttpBackupMode.ALL };

/** A Firehose stream that producers put points on and that delivers to the endpoint. */
export class MetricStream extends Construct {
  readonly streamName: string;
  readonly stream: DeliveryStream;
  /** Firehose's own words about deliveries that failed. */
  readonly log: LogGroup;

  constructor(scope: Construct, id: string, props: MetricStreamProps, parts: Parts) {
    super(scope, id);
    const { streamName, url } = props;
    const { buffer, retrySeconds, aws } = parts.plan.config;
    this.streamName = streamName;
    this.log = new LogGroup(this, "Log", {
      logGroupName: `/aws/kinesisfirehose/${streamName}`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // What CDK would grant by itself holds wildcards: the role has what it needs, and takes nothing more.
    const role = this.#role(parts).withoutPolicyUpdates();
    const loggingConfig = new EnableLogging(this.log);
    this.stream = new DeliveryStream(this, "Stream", {
      deliveryStreamName: streamName,
      encryption: StreamEncryption.awsOwnedKey(),
      destination: new HttpEndpoint({
        endpointConfig: { name: "Hydrant", url, secret: parts.secrets.accessKey },
        role,
        // Off until it has been seen live how an event says that a body is gzip.
        requestCompression: HttpCompression.NONE,
        bufferingHints: {
          interval: Duration.seconds(buffer.seconds),
          size: Size.mebibytes(buffer.mebibytes),
        },
        retryOptions: { duration: Duration.seconds(retrySeconds) },
        loggingConfig,
        backupMode: backups[aws.backup],
        s3Backup: {
          bucket: parts.bucket as IBucket,
          compression: Compression.UNCOMPRESSED,
          bufferingInterval: Duration.seconds(60),
          bufferingSize: Size.mebibytes(5),
          dataOutputPrefix: `${streamName}/all/!{timestamp:yyyy/MM/dd/HH}/`,
          errorOutputPrefix: `${streamName}/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/`,
          loggingConfig,
        },
      }),
    });
    // CDK adds a table of Firehose's addresses, which nothing here refers to.
    Stack.of(this).node.tryRemoveChild("@aws-cdk--aws-kinesisfirehose.CidrBlocks");
  }

  /** Source: https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html#using-iam-http */
  #role({ bucket, secrets }: Parts): Role {
    const objects = bucket.arnForObjects(`${this.streamName}/*`);
    const statements = [
      new PolicyStatement({
        actions: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
        resources: [bucket.bucketArn],
      }),
      new PolicyStatement({
        actions: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"],
        resources: [objects],
      }),
      new PolicyStatement({
        actions: ["secretsmanager:GetSecretValue"],
        resources: [secrets.accessKey.secretArn],
      }),
      new PolicyStatement({ actions: ["logs:PutLogEvents"], resources: [this.log.logGroupArn] }),
    ];
    const role = new Role(this, "Role", {
      // What Firehose is documented to say for whom it acts: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-kinesisfirehose-deliverystream.html#aws-resource-kinesisfirehose-deliverystream--examples
      assumedBy: new ServicePrincipal("firehose.amazonaws.com", {
        conditions: { StringEquals: { "sts:ExternalId": Aws.ACCOUNT_ID } },
      }),
      inlinePolicies: { Deliver: new PolicyDocument({ statements }) },
    });
    acceptPrefix(role, bucket, `${this.streamName}/*`);
    return role;
  }
}
