import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { App, Stack, Validations } from "aws-cdk-lib";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, it } from "vitest";

import { awsConfigurations, awsSecretValues } from "../../support/aws-configurations.ts";
import { synthesize, type Resource, type Synthesized } from "../../support/synth.ts";

const built = new Map<string, Synthesized>();
const stackOf = (name: string): Synthesized => {
  const known = built.get(name) ?? synthesize(awsConfigurations[name] ?? {})[0];
  if (known === undefined) throw new Error(`no configuration ${name}`);
  built.set(name, known);
  return known;
};
const ofType = ({ resources }: Synthesized, type: string): Resource[] =>
  Object.values(resources).filter(({ Type }) => Type === type);
const names = Object.keys(awsConfigurations);

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** What roles and the producers' policy allow. */
function allowed(stack: Synthesized): Statement[] {
  const roles = ofType(stack, "AWS::IAM::Role").flatMap(
    ({ Properties }) => (Properties["Policies"] ?? []) as { PolicyDocument: { Statement: Statement[] } }[],
  );
  const managed = ofType(stack, "AWS::IAM::ManagedPolicy").map(
    ({ Properties }) => Properties as unknown as { PolicyDocument: { Statement: Statement[] } },
  );
  return [...roles, ...managed].flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

describe.each(names)("the template of %s", (name) => {
  it("passes cdk-nag, and names no action by a bare * and no resource but where AWS allows none other", () => {
    const statements = allowed(stackOf(name));
    expect(statements.length).toBeGreaterThan(3);
    for (const { Action } of statements) {
      for (const action of [Action].flat()) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z]+$/);
    }
    const wide = statements.filter(({ Resource }) => [Resource].flat().includes("*"));
    expect(wide).toEqual([{ Effect: "Allow", Action: "cloudwatch:GetMetricStatistics", Resource: "*" }]);
    expect(ofType(stackOf(name), "AWS::IAM::Policy")).toEqual([]);
    expect(JSON.stringify(ofType(stackOf(name), "AWS::IAM::Role"))).not.toContain("ManagedPolicyArns");
  });

  it("holds no secret, nor does anything else that was written", () => {
    for (const secret of awsSecretValues) expect(stackOf(name).written).not.toContain(secret);
  });

  it("lets Secrets Manager make up the access key alone, in the form that Firehose reads", () => {
    const secrets = ofType(stackOf(name), "AWS::SecretsManager::Secret").map(({ Properties }) => Properties);
    const made = secrets.filter(({ GenerateSecretString }) => GenerateSecretString !== undefined);
    expect(made).toMatchObject([
      {
        Name: "hydrant/HYDRANT_ACCESS_KEYS",
        GenerateSecretString: { SecretStringTemplate: "{}", GenerateStringKey: "api_key" },
      },
    ]);
    expect(secrets.filter(({ SecretString }) => SecretString !== undefined)).toEqual([]);
  });

  it("gives each function arm64, Node 24, a log that ends, and its secrets as ARNs", () => {
    for (const { Properties } of ofType(stackOf(name), "AWS::Lambda::Function")) {
      expect(Properties).toMatchObject({ Architectures: ["arm64"], Runtime: "nodejs24.x" });
      const { Variables } = Properties["Environment"] as { Variables: Record<string, unknown> };
      for (const [variable, value] of Object.entries(Variables)) {
        if (/KEY|TOKEN/.test(variable))
          expect([variable, value]).toEqual([
            expect.stringMatching(/_SECRET_ARN$/),
            { Ref: expect.any(String) },
          ]);
      }
    }
    for (const { Properties } of ofType(stackOf(name), "AWS::Logs::LogGroup")) {
      expect(Properties["RetentionInDays"]).toBe(30);
    }
  });

  it("tells every alarm to the topic", () => {
    for (const { Properties } of ofType(stackOf(name), "AWS::CloudWatch::Alarm")) {
      expect(Properties["AlarmActions"]).toHaveLength(1);
    }
  });

  it("takes none of the 10 resource policies that an account has for all its logs", () => {
    expect(ofType(stackOf(name), "AWS::Logs::ResourcePolicy")).toEqual([]);
    const groups = ofType(stackOf(name), "AWS::Logs::LogGroup").map(({ Properties }) => Properties);
    const written = groups.filter(({ ResourcePolicyDocument }) => ResourcePolicyDocument !== undefined);
    expect(written).toMatchObject([
      {
        LogGroupName: "/aws/events/hydrant-backed-up",
        ResourcePolicyDocument: {
          Statement: [
            {
              Effect: "Allow",
              Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
              Principal: { Service: ["events.amazonaws.com", "delivery.logs.amazonaws.com"] },
            },
          ],
        },
      },
    ]);
    expect(JSON.stringify(written)).toContain(":log-group:/aws/events/hydrant-backed-up:*");
  });
});

const all = (): Synthesized => stackOf("everything");

/** Which secrets a role may read. */
const readable = (role: string): string[] =>
  Object.entries(all().resources)
    .filter(([id, { Type }]) => Type === "AWS::IAM::Role" && id.startsWith(role))
    .flatMap(
      ([, { Properties }]) =>
        JSON.stringify(Properties).match(/Secrets(?:AccessKey|DATADOG|MACKEREL|GITHUB)/g) ?? [],
    );

const timeoutOf = (name: string): unknown =>
  ofType(stackOf(name), "AWS::Lambda::Function").find(
    ({ Properties }) => Properties["FunctionName"] === "hydrant-endpoint",
  )?.Properties["Timeout"];

describe("the whole of it", () => {
  it("is as it was reviewed; UPDATE with vitest -u", async () => {
    const template = JSON.stringify(all().template.toJSON(), undefined, 2).replaceAll(
      /"[0-9a-f]{64}\.zip"/g,
      '"BUNDLE.zip"',
    );
    await expect(`${template}\n`).toMatchFileSnapshot("../../cases/aws/everything.template.json");
  });

  it("opens the function URL with both permissions, and to whom calls it through that alone", () => {
    const permissions = ofType(all(), "AWS::Lambda::Permission").map(({ Properties }) => Properties);
    expect(permissions).toHaveLength(2);
    expect(permissions).toContainEqual(
      expect.objectContaining({
        Action: "lambda:InvokeFunctionUrl",
        FunctionUrlAuthType: "NONE",
        Principal: "*",
      }),
    );
    expect(permissions).toContainEqual(
      expect.objectContaining({
        Action: "lambda:InvokeFunction",
        InvokedViaFunctionUrl: true,
        Principal: "*",
      }),
    );
    expect(ofType(stackOf("an HTTP API"), "AWS::Lambda::Permission")).toMatchObject([
      { Properties: { Principal: "apigateway.amazonaws.com" } },
    ]);
    expect(ofType(stackOf("an HTTP API"), "AWS::Lambda::Url")).toEqual([]);
  });

  it("has a stream for each destination, that delivers to its path with the access key and backs up what fails", () => {
    const streams = ofType(all(), "AWS::KinesisFirehose::DeliveryStream").map(({ Properties }) => Properties);
    expect(streams.map(({ DeliveryStreamName }) => DeliveryStreamName)).toEqual([
      "hydrant-datadog",
      "hydrant-mackerel",
    ]);
    for (const { DeliveryStreamName, HttpEndpointDestinationConfiguration: http } of streams) {
      expect(http).toMatchObject({
        BufferingHints: { IntervalInSeconds: 60, SizeInMBs: 1 },
        RetryOptions: { DurationInSeconds: 7200 },
        RequestConfiguration: { ContentEncoding: "NONE" },
        S3BackupMode: "FailedDataOnly",
        SecretsManagerConfiguration: { Enabled: true, SecretARN: { Ref: expect.any(String) } },
        CloudWatchLoggingOptions: { Enabled: true },
      });
      expect(JSON.stringify(http)).toContain(`"${String(DeliveryStreamName).replace("hydrant-", "")}"]]`);
      expect(JSON.stringify(http)).not.toContain('AccessKey"');
    }
    const backedUp = ofType(
      stackOf("everything backed up, pass-through open"),
      "AWS::KinesisFirehose::DeliveryStream",
    );
    expect(backedUp).toMatchObject([
      { Properties: { HttpEndpointDestinationConfiguration: { S3BackupMode: "AllData" } } },
    ]);
  });

  it("lets Firehose take a stream's role only for this account, in the words that it is documented to use", () => {
    const trusts = ofType(all(), "AWS::IAM::Role")
      .map(({ Properties }) => Properties["AssumeRolePolicyDocument"] as { Statement: object[] })
      .flatMap(({ Statement }) => Statement)
      .filter((trust) => JSON.stringify(trust).includes("firehose.amazonaws.com"));
    const trust = {
      Effect: "Allow",
      Action: "sts:AssumeRole",
      Principal: { Service: "firehose.amazonaws.com" },
      Condition: { StringEquals: { "sts:ExternalId": { Ref: "AWS::AccountId" } } },
    };
    expect(trusts).toEqual([trust, trust]);
  });

  it("lets the redrive ask CloudWatch whether deliveries fail, and no other function", () => {
    const asking = Object.entries(all().resources).filter(
      ([, { Type, Properties }]) =>
        Type === "AWS::IAM::Role" && JSON.stringify(Properties).includes("cloudwatch:"),
    );
    expect(asking.map(([id]) => id)).toEqual([expect.stringMatching(/^Redrive.*Role/)]);
  });

  it("lets producers put records on the streams, and nothing else", () => {
    expect(ofType(all(), "AWS::IAM::ManagedPolicy")).toMatchObject([
      {
        Properties: {
          PolicyDocument: {
            Statement: [
              {
                Effect: "Allow",
                Action: ["firehose:PutRecord", "firehose:PutRecordBatch"],
                Resource: [
                  { "Fn::GetAtt": [expect.stringMatching(/^datadogStream/), "Arn"] },
                  { "Fn::GetAtt": [expect.stringMatching(/^mackerelStream/), "Arn"] },
                ],
              },
            ],
          },
        },
      },
    ]);
  });

  it("shows the collector no key of a destination, and the endpoint none of GitHub", () => {
    expect(readable("CollectorRole")).toEqual(["SecretsGITHUB"]);
    expect(readable("EndpointRole").toSorted()).toEqual([
      "SecretsAccessKey",
      "SecretsDATADOG",
      "SecretsMACKEREL",
    ]);
  });
  it("keeps what no destination took private, encrypted, versioned and when the stack is gone", () => {
    const [bucket] = ofType(all(), "AWS::S3::Bucket");
    expect(bucket).toMatchObject({
      DeletionPolicy: "Retain",
      Properties: {
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
        VersioningConfiguration: { Status: "Enabled" },
        BucketEncryption: expect.anything(),
      },
    });
    expect(JSON.stringify(ofType(all(), "AWS::S3::BucketPolicy"))).toContain('"aws:SecureTransport":"false"');
  });

  it("answers before Firehose and an HTTP API end waiting", () => {
    expect(timeoutOf("everything")).toBe(170);
    expect(timeoutOf("an HTTP API")).toBe(29);
  });
});

describe("two installations side by side", () => {
  it("share no name in an account", () => {
    const env = awsConfigurations["everything"] ?? {};
    const both = synthesize({ ...env, HYDRANT_NAME: "one" }, { ...env, HYDRANT_NAME: "other" });
    const [one = [], other = []] = both.map(({ resources }) =>
      Object.values(resources).flatMap(({ Type, Properties }) =>
        Object.entries(Properties)
          .filter(([key, value]) => key.endsWith("Name") && typeof value === "string")
          .map(([key, value]) => `${Type} ${key} ${String(value)}`),
      ),
    );
    const constant = /AWS::CloudWatch::Alarm (?:MetricName)|ThreatName/;
    const ownNames = one.filter((name) => !constant.test(name));
    expect(ownNames.length).toBeGreaterThan(30);
    expect(ownNames.filter((name) => other.includes(name))).toEqual([]);
  });
});

describe("the tools that look for mistakes", () => {
  it("would find one: cdk-nag stops at a bucket that is open to plain HTTP", () => {
    const app = new App();
    const careless = new Bucket(new Stack(app, "careless"), "bucket");
    Validations.of(careless.node.root).addPlugins(new AwsSolutionsChecks(app));
    expect(() => app.synth()).toThrow(/AwsSolutions-S10/);
  });

  const hasLint = spawnSync("cfn-lint", ["--version"]).status === 0;
  it.skipIf(!hasLint)(
    `cfn-lint finds nothing in any template${hasLint ? "" : " (skipped without cfn-lint: pip install cfn-lint)"}`,
    () => {
      const templates = names.map((name) => {
        const { folder } = stackOf(name);
        const [file = ""] = readdirSync(folder).filter((path) => path.endsWith(".template.json"));
        return join(folder, file);
      });
      const { status, stdout } = spawnSync("cfn-lint", templates, { encoding: "utf8" });
      expect(stdout).toBe("");
      expect(status).toBe(0);
    },
  );
});
