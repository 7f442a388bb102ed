import { pathToFileURL } from "node:url";

/** Loads a bundle in this fresh process and has it answer once; tells how long each took. */
const [path = "", event = ""] = process.argv.slice(2);

type Handler = (event: unknown, context: object) => Promise<{ readonly statusCode?: number }>;

const startMs = performance.now();
const { handler } = (await import(pathToFileURL(path).href)) as { readonly handler: Handler };
const loadedMs = performance.now();
let answeredMs = loadedMs;
if (event !== "") {
  const context = { functionName: "bench", awsRequestId: "1", getRemainingTimeInMillis: () => 160_000 };
  const { statusCode } = await handler(JSON.parse(event), context);
  answeredMs = performance.now();
  if (statusCode !== 200) throw new Error(`the function answered ${statusCode}`);
}
process.send?.({ loadMs: loadedMs - startMs, answerMs: answeredMs - startMs });
