import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What became of an invocation, as the runtime said it. */
export type Invoked =
  | { readonly kind: "response"; readonly value: unknown }
  | { readonly kind: "error"; readonly errorType: string; readonly errorMessage: string };

/** Lambda's side of a runtime: it hands out events one at a time and takes in what the function made of them. */
export interface RuntimeApi extends AsyncDisposable {
  /** `host:port`, as `AWS_LAMBDA_RUNTIME_API` has it. */
  readonly address: string;
  /** @throws when the function fails to start. */
  invoke(event: unknown, timeoutMs?: number): Promise<Invoked>;
}

interface Invocation {
  readonly id: string;
  readonly event: string;
  readonly timeoutMs: number;
  readonly done: PromiseWithResolvers<Invoked>;
}

/** Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
export async function startRuntimeApi(functionArn: string): Promise<RuntimeApi> {
  const queued: Invocation[] = [];
  const running = new Map<string, Invocation>();
  let waiting: ServerResponse | undefined;
  let count = 0;

  const hand = (): void => {
    const invocation = waiting && queued.shift();
    if (waiting === undefined || invocation === undefined) return;
    running.set(invocation.id, invocation);
    waiting.writeHead(200, {
      "Content-Type": "application/json",
      "Lambda-Runtime-Aws-Request-Id": invocation.id,
      "Lambda-Runtime-Deadline-Ms": Date.now() + invocation.timeoutMs,
      "Lambda-Runtime-Invoked-Function-Arn": functionArn,
    });
    waiting.end(invocation.event);
    waiting = undefined;
  };
  const failAll = (error: Error): void => {
    for (const { done } of [...queued, ...running.values()]) done.reject(error);
  };
  const take = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (message.url ?? "").replace("/2018-06-01/runtime/", "");
    if (path === "invocation/next") {
      waiting = response;
      hand();
      return;
    }
    const body = Buffer.concat(await message.toArray()).toString();
    const [, id = "", outcome] = path.split("/");
    if (path === "init/error") failAll(new Error(`the function did not start: ${body}`));
    else if (outcome === "response")
      running.get(id)?.done.resolve({ kind: "response", value: JSON.parse(body) });
    else if (outcome === "error") running.get(id)?.done.resolve({ kind: "error", ...errorOf(body) });
    response.writeHead(202, { "Content-Type": "application/json" }).end('{"status":"OK"}');
  };

  const server = createServer((message, response) => {
    take(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    invoke(event, timeoutMs = 170_000) {
      const done = Promise.withResolvers<Invoked>();
      queued.push({ id: `invocation-${++count}`, event: JSON.stringify(event), timeoutMs, done });
      hand();
      return done.promise;
    },
    async [Symbol.asyncDispose]() {
      failAll(new Error("the runtime API was closed"));
      const closed = new Promise((resolve) => void server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function errorOf(body: string): { readonly errorType: string; readonly errorMessage: string } {
  const { errorType = "", errorMessage = "" } = JSON.parse(body) as Record<string, string>;
  return { errorType, errorMessage };
}
