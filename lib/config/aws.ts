import type { Reader } from "./reader.ts";

export const frontEnds = ["function-url", "http-api"] as const;
export const backupModes = ["failed", "all"] as const;

/** Where in the backup bucket the collector keeps the series of earlier ticks. */
export const memoryKey = "collector/github-series.json";

/** What there is only in AWS. */
export interface AwsConfig {
  /** What stands before the endpoint. */
  readonly frontEnd: (typeof frontEnds)[number];
  /** What Firehose writes to the backup bucket: what it gave up on, or everything besides. */
  readonly backup: (typeof backupModes)[number];
  /** Where functions keep things; CDK names it. */
  readonly bucket?: string | undefined;
}

export function readAws(read: Reader): AwsConfig {
  return {
    frontEnd: read.oneOf(read.first("HYDRANT_FRONT_END"), "function-url", frontEnds),
    backup: read.oneOf(read.first("HYDRANT_BACKUP"), "failed", backupModes),
    bucket: read.text("HYDRANT_BACKUP_BUCKET"),
  };
}

/** The variables that `readAws` reads back as the same. */
export const writeAws = ({ frontEnd, backup, bucket = "" }: AwsConfig): Record<string, string> => ({
  HYDRANT_FRONT_END: frontEnd,
  HYDRANT_BACKUP: backup,
  HYDRANT_BACKUP_BUCKET: bucket,
});
