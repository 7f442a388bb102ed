import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

/** Where `moto_server`, which serves AWS's own APIs, is not installed: what needs it is skipped. */
export const isMotoThere = (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
  try {
    accessSync(join(folder, "moto_server"), constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

/** A title that says why tests are skipped, where they are. */
export const onMoto = (title: string): string =>
  isMotoThere ? title : `${title} (SKIPPED: moto_server is not installed)`;

export interface Moto extends AsyncDisposable {
  readonly url: string;
  /** For AWS's clients in another process. */
  readonly env: Readonly<Record<string, string>>;
  /** For AWS's clients in this one. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/** S3, Secrets Manager and CloudWatch on this machine, in memory. */
export async function startMoto(): Promise<Moto> {
  const child = spawn("moto_server", ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.resume();
  const ended = once(child, "close");
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  const lines = createInterface(child.stderr);
  for await (const line of lines) {
    const url = /Running on (http:\S+)/.exec(line)?.[1];
    if (url === undefined) continue;
    child.stderr.resume();
    return { ...connectionTo(url), [Symbol.asyncDispose]: stop };
  }
  await stop();
  throw new Error("moto_server did not start");
}

function connectionTo(url: string): Omit<Moto, typeof Symbol.asyncDispose> {
  return {
    url,
    env: {
      AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
      AWS_ENDPOINT_URL_S3: url,
      AWS_ENDPOINT_URL_CLOUDWATCH: url,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "any",
      AWS_SECRET_ACCESS_KEY: "any",
    },
    client: {
      endpoint: url,
      region: "eu-west-1",
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
    },
  };
}
