import { DescribeDeliveryStreamCommand } from "@aws-sdk/client-firehose";
import { streamsOf, type Config } from "../../lib/config.ts";
import { reasonOf } from "../../lib/firehose/put-errors.ts";
import { sendTest, type SendParts } from "./doctor-send.ts";
import type { DoctorOptions } from "./doctor.ts";
import { fail, ok, type Finding } from "./finding.ts";
import { openTarget, type Target } from "./firehose-target.ts";

/** Whether the configured streams are there and, where that is asked for, whether a test point gets through. */
export async function* checkStreams(
  options: DoctorOptions,
  config: Config,
  parts: Pick<SendParts, "clock" | "random" | "fetch">,
): AsyncGenerator<Finding> {
  const configured = streamsOf(config).map(({ name }) => name);
  let target: Target;
  try {
    target = await openTarget({ ...options, stream: options.aws ? configured : [] }, config);
  } catch (error) {
    yield fail("streams", reasonOf(error).replace(/^\w*Error: /, ""));
    return;
  }
  using open = target;
  const findings = await Promise.all(configured.map((stream) => describe(open, stream)));
  yield* findings;
  if (!options.send) return;
  const active = configured.filter((_, index) => findings[index]?.state === "ok");
  yield* sendTest(active, { options, config, client: open.client, ...parts });
}

async function describe({ client }: Target, stream: string): Promise<Finding> {
  const subject = `stream ${stream}`;
  try {
    const answer = await client.send(new DescribeDeliveryStreamCommand({ DeliveryStreamName: stream }));
    const status = answer.DeliveryStreamDescription?.DeliveryStreamStatus ?? "unknown";
    return status === "ACTIVE"
      ? ok(subject, "is there and active")
      : fail(subject, `its status is ${status}`);
  } catch (error) {
    return fail(subject, `${reasonOf(error)}; restart npm start, or deploy, with this configuration`);
  }
}
