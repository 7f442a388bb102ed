import { rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startFirehoseEndpoint } from "../../support/firehose-endpoint.ts";
import { clientOf, makeFolder, put, startHostProcess, type HostProcess } from "../../support/host.ts";
import { until } from "../../support/until.ts";

const kills = 20;
const producers = 8;

/** The same numbers each time. Source: https://en.wikipedia.org/wiki/Linear_congruential_generator */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("kill -9", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it(`at ${kills} random moments under load loses no acknowledged record`, { timeout: 180_000 }, async () => {
    const random = seeded(20_261_121);
    const seen = new Set<string>();
    await using endpoint = await startFirehoseEndpoint(({ requestId }) => {
      const isFirst = !seen.has(requestId) && seen.add(requestId);
      return isFirst && random() < 0.3 ? { kind: "status", status: 503 } : undefined;
    });
    const env = { HYDRANT_DATA_DIR: folder, BUFFER_SECONDS: "0" };
    const start = (): Promise<HostProcess> => startHostProcess(["--stream", `web=${endpoint.url}`], env);
    const acknowledged: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await using host = await start();
      const enough = acknowledged.length + 1 + Math.floor(random() * 400);
      const putting = Array.from({ length: producers }, (_, at) =>
        produce(host, `${kill}.${at}`, acknowledged),
      );
      await until(() => acknowledged.length >= enough, "acknowledged puts");
      host.child.kill("SIGKILL");
      await Promise.all(putting);
    }
    await using host = await start();
    const missing = (): string[] => {
      const there = new Set(endpoint.records());
      return acknowledged.filter((id) => !there.has(id));
    };
    // What is missing after this is named below.
    await until(() => missing().length === 0, "all to arrive", 60_000).catch(() => undefined);
    expect(missing()).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(kills);
    expect(host.child.exitCode).toBeNull();
    for (const [id, bodies] of Map.groupBy(endpoint.attempts, ({ requestId }) => requestId)) {
      expect(new Set(bodies.map(({ body }) => body)).size, `bodies of request ${id}`).toBe(1);
    }
  });
});

/** Puts one record after the other, and some at a time, until nobody answers. */
async function produce(host: HostProcess, name: string, acknowledged: string[]): Promise<void> {
  const client = clientOf(host.url);
  for (let next = 0; ; next++) {
    const ids = Array.from({ length: 1 + (next % 3) }, (_, at) => `${name}.${next}.${at}`);
    try {
      await put(client, "web", ids);
    } catch {
      return client.destroy();
    }
    acknowledged.push(...ids);
  }
}
