import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startRuntimeApi, type Invoked } from "./runtime-api.ts";

const cached = join(import.meta.dirname, "../../node_modules/.cache/hydrant/ric/node_modules/aws-lambda-ric");

/** The folder of AWS's runtime interface client; undefined where it has not been built. */
export const ric = [process.env["HYDRANT_RIC"], cached].find(
  (folder) => folder !== undefined && existsSync(join(folder, "dist/rapid-client.node")),
);

/** A title that says why tests are skipped, where they are. */
export const onRic = (title: string): string =>
  ric ? title : `${title} (SKIPPED: no aws-lambda-ric; bash test/support/install-ric.sh builds it)`;

/** A bundle in a process of its own, under AWS's runtime interface client. */
export interface LambdaProcess extends AsyncDisposable {
  invoke(event: unknown, timeoutMs?: number): Promise<Invoked>;
  /** What it wrote, line by line. */
  readonly output: readonly string[];
}

/** Starts a bundle as Lambda does, with nothing in its environment but what Lambda and the caller put there. */
export async function startLambda(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<LambdaProcess> {
  const functionName = "hydrant-function";
  const api = await startRuntimeApi(`arn:aws:lambda:eu-west-1:210987654321:function:${functionName}`);
  const child = spawn(process.execPath, [join(ric ?? "", "bin/index.mjs"), "index.handler"], {
    cwd: folder,
    env: {
      AWS_LAMBDA_RUNTIME_API: api.address,
      LAMBDA_TASK_ROOT: folder,
      AWS_LAMBDA_FUNCTION_NAME: functionName,
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
      AWS_LAMBDA_LOG_STREAM_NAME: "1",
      AWS_LAMBDA_LOG_FORMAT: "JSON",
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: "any",
      AWS_SECRET_ACCESS_KEY: "any",
      NODE_OPTIONS: "--enable-source-maps",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on("line", (line) => output.push(line));
  }
  const closed = once(child, "close");
  const ended = closed.then(() => Promise.reject(new Error(`the function ended: ${output.join("\n")}`)));
  ended.catch(() => undefined);
  return {
    output,
    invoke: (event, timeoutMs) => Promise.race([api.invoke(event, timeoutMs), ended]),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await closed;
      await api[Symbol.asyncDispose]();
    },
  };
}
