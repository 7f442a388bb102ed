import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:http";

import { getRequestListener } from "@hono/node-server";

import { systemClock } from "../../../lib/clock.ts";
import { readConfig } from "../../../lib/config.ts";
import { outletsOf } from "../../../lib/destinations/index.ts";
import { folderStore } from "../../../lib/store/folder-store.ts";
import { createEndpoint, maxDeadlineMs } from "../../../lib/firehose/endpoint.ts";
import { createSend } from "../../../lib/send.ts";

/** The endpoint as the local host serves it, with every check on. */
const [target = ""] = process.argv.slice(2);
const config = readConfig({
  MACKEREL_API_KEY: "key",
  MACKEREL_SERVICE: "bench",
  MACKEREL_API_URL: target,
  HYDRANT_ACCESS_KEYS: "bench-access-key",
});
const endpoint = createEndpoint({
  accessKeys: config.accessKeys,
  outlets: outletsOf(config, createSend()),
  backup: folderStore(join(tmpdir(), "hydrant-bench-backup")),
  clock: systemClock,
  report: () => undefined,
});
const listen = getRequestListener((request) => endpoint(request, maxDeadlineMs), {
  overrideGlobalObjects: false,
});
const server = createServer((incoming, outgoing) => void listen(incoming, outgoing));
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
process.on("message", () =>
  process.send?.({ ...process.memoryUsage(), peak: process.resourceUsage().maxRSS * 1024 }),
);
