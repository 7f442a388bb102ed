import { describe, expect, it } from "vitest";

import { doctor, type DoctorOptions } from "../../../infra/local/doctor.ts";
import type { Finding } from "../../../infra/local/finding.ts";
import { systemClock, type Clock } from "../../../lib/clock.ts";
import { SkippingClock } from "../../support/clock.ts";
import { startFirehoseEndpoint } from "../../support/firehose-endpoint.ts";
import type { Fault, Outcome, ReceivedRequest } from "../../support/faults.ts";
import { spawnHydrant, startTestHost } from "../../support/host.ts";
import { startStandIn } from "../../support/stand-in.ts";
import { until } from "../../support/until.ts";

type Env = Readonly<Record<string, string>>;

/** Ports on which nothing listens, so that no service is asked. */
const services = { DATADOG_API_URL: "http://127.0.0.1:1", MACKEREL_API_URL: "http://127.0.0.1:1" };
const stream = "hydrant-mackerel";
const account = { ...services, MACKEREL_API_KEY: "read-only", MACKEREL_SERVICE: "shop", BUFFER_SECONDS: "0" };

/** Sleeps no time at all, but not before something has happened. */
class LateClock extends SkippingClock {
  readonly #happened: () => Promise<void>;

  constructor(happened: () => Promise<void>) {
    super(Date.now() + 60_000);
    this.#happened = happened;
  }

  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    await this.#happened();
    await super.sleep(ms, signal);
  }
}

/** What the doctor says of the streams' deliveries. */
async function deliveries(
  env: Env,
  clock: Clock,
  options: DoctorOptions = { send: true },
): Promise<string[]> {
  const lines: string[] = [];
  const print = {
    out: (line: string): unknown => lines.push(line),
    err: (line: string): unknown => lines.push(line),
    style: (_: string, text: string): string => text,
  };
  await doctor(options, { env, clock, random: () => 0.5, fetch: globalThis.fetch, print });
  return lines.filter((line) => /^\w+ +(?:delivery|put on) /.test(line));
}

const refusal = { kind: "status", status: 503, body: "Mackerel answered 403" } as const;
const putOn = (name: string): string =>
  `ok    put on ${name}`.padEnd(34) + "hydrant.doctor = 1; look for it at the destination";
const portOf = (url: string): Env => ({ ...account, HYDRANT_PORT: new URL(url).port });

describe("the doctor's test point", () => {
  it("is not delivered where it was given up, and the doctor says why", async () => {
    await using endpoint = await startFirehoseEndpoint(() => refusal);
    await using host = await startTestHost({
      streams: [{ name: stream, url: endpoint.url }],
      retrySeconds: 0,
    });
    expect(await deliveries(portOf(host.url), systemClock)).toEqual([
      putOn(stream),
      expect.stringMatching(
        /^fail {2}delivery hydrant-mackerel +GIVEN UP, kept in the backup: .*hydrant redrive: HttpEndpoint\.DestinationException: .*503: Mackerel answered 403$/,
      ),
    ]);
  });

  it("is not delivered where Firehose would have dropped it, though others were delivered since", async () => {
    await using endpoint = await startFirehoseEndpoint([{ kind: "status", status: 413 }]);
    await using host = await startTestHost({ streams: [{ name: stream, url: endpoint.url }] });
    const deliverAnother = async (): Promise<void> => {
      await host.told("dropped");
      await host.put(stream, "another");
      await host.told("delivered");
    };
    expect((await deliveries(portOf(host.url), new LateClock(deliverAnother))).at(-1)).toMatch(
      /^fail {2}delivery hydrant-mackerel +neither delivered nor in the backup: /,
    );
  });

  it("is looked for on its own stream, whatever becomes of others", async () => {
    const faults: Readonly<Record<string, Fault>> = {
      "/bad": refusal,
      "/worse": { ...refusal, body: "worse" },
    };
    await using endpoint = await startFirehoseEndpoint(({ path }) => faults[path]);
    const url = endpoint.url.replace(/\/\w+$/, "");
    const streams = [
      { name: stream, url: `${url}/good` },
      { name: "hydrant-datadog", url: `${url}/bad` },
      { name: "other", url: `${url}/worse` },
    ];
    await using host = await startTestHost({ streams });
    await host.put("other", "a", "b", "c");
    await host.put(stream, "earlier");
    await host.told("delivered");
    await host.told("failed");
    const both = { ...portOf(host.url), DATADOG_API_KEY: "k" };
    const isTold = (): boolean =>
      host.events.filter(({ kind }) => kind === "delivered").length === 2 &&
      host.events.some((event) => event.kind === "failed" && event.delivery.stream === "hydrant-datadog");
    const said = await deliveries(both, new LateClock(() => until(isTold, "both outcomes")));
    expect(said.slice(0, 2)).toEqual([putOn("hydrant-datadog"), putOn(stream)]);
    expect(said.slice(2).toSorted()).toEqual([
      expect.stringMatching(
        /^fail {2}delivery hydrant-datadog +1 record of the stream still waiting after 30\.0 s: HttpEndpoint\.DestinationException: .*403$/,
      ),
      expect.stringMatching(/^ok {4}delivery hydrant-mackerel +delivered, after \d+\.\d s$/),
    ]);
  });

  it("still waits while no attempt has ended", async () => {
    await using endpoint = await startFirehoseEndpoint(() => ({ kind: "hang" }));
    await using host = await startTestHost({ streams: [{ name: stream, url: endpoint.url }] });
    expect((await deliveries(portOf(host.url), new SkippingClock(Date.now() + 60_000))).at(-1)).toMatch(
      /^fail {2}delivery hydrant-mackerel +1 record of the stream still waiting after 30\.0 s: the output of npm start says why$/,
    );
  });

  it("is lost sight of where there is no local host of this version", async () => {
    await using firehose = await startStandIn(answer);
    expect((await deliveries(portOf(firehose.url), systemClock)).at(-1)).toMatch(
      /^fail {2}delivery hydrant-mackerel +what became of the point is not known: http\S+ is no local host/,
    );
  });
});

describe("the doctor for AWS", () => {
  const aws = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "any", AWS_SECRET_ACCESS_KEY: "any" };

  async function findings(env: Env): Promise<readonly Finding[]> {
    await using firehose = await startStandIn(answer);
    const words = ["doctor", "--aws", "--json", "--endpoint-url", firehose.url];
    await using ran = spawnHydrant(words, { ...aws, ...env });
    await ran.ended;
    return (JSON.parse(ran.out.join("")) as { findings: readonly Finding[] }).findings;
  }

  it("checks the streams of what is configured, and says of each key whether it is here to be tried", async () => {
    const configured = {
      DATADOG_SITE: "datadoghq.eu",
      MACKEREL_SERVICE: "shop",
      GITHUB_REPOSITORIES: "acme/web",
    };
    expect(
      (await findings(configured)).map(({ state, subject, detail }) => [state, subject, detail]),
    ).toEqual([
      ["ok", "configuration", "every variable can be read"],
      ["none", "GitHub", "GITHUB_TOKEN is not set here: what Secrets Manager has of it is not checked"],
      ["none", "Datadog", "DATADOG_API_KEY is not set here: what Secrets Manager has of it is not checked"],
      ["none", "Mackerel", "MACKEREL_API_KEY is not set here: what Secrets Manager has of it is not checked"],
      ["ok", "stream hydrant-datadog", "is there and active"],
      ["ok", "stream hydrant-mackerel", "is there and active"],
    ]);
  });

  it("says what to set where nothing is configured", async () => {
    expect(await findings({})).toEqual([
      {
        state: "fail",
        subject: "configuration",
        detail: expect.stringMatching(/^DATADOG_API_KEY \(or DATADOG_SITE\).*must say where points go/),
      },
    ]);
  });
});

/** A Firehose that takes everything, and is no host of Hydrant. */
function answer({ headers }: ReceivedRequest): Outcome {
  const bodies: Readonly<Record<string, object>> = {
    ListDeliveryStreams: { DeliveryStreamNames: [stream], HasMoreDeliveryStreams: false },
    DescribeDeliveryStream: { DeliveryStreamDescription: { DeliveryStreamStatus: "ACTIVE" } },
    PutRecordBatch: { FailedPutCount: 0, RequestResponses: [{ RecordId: "1" }] },
  };
  const body = bodies[String(headers["x-amz-target"]).replace("Firehose_20150804.", "")];
  return body === undefined ? { status: 404, body: {} } : { status: 200, body };
}
