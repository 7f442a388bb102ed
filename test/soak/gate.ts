import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Gate extends AsyncDisposable {
  readonly url: string;
  /** How many records it did not let through, and how many answers it lost. */
  readonly troubles: { failedEntries: number; lostAnswers: number; callsToNobody: number };
  /** Lets everything through from now on. */
  end(): void;
}

interface PutCall {
  readonly DeliveryStreamName: string;
  readonly Records: readonly { readonly Data: string }[];
}

type Entry = { readonly RecordId: string } | { readonly ErrorCode: string; readonly ErrorMessage: string };

const unavailable = { ErrorCode: "ServiceUnavailableException", ErrorMessage: "Slow down." } as const;

/** Firehose's API in front of a host that comes and goes: it takes calls in part, and loses some answers. */
export async function openGate(hostUrl: () => string | undefined, random: () => number): Promise<Gate> {
  const troubles = { failedEntries: 0, lostAnswers: 0, callsToNobody: 0 };
  let isOver = false;
  const happens = (share: number): boolean => !isOver && random() < share;
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const call = JSON.parse(Buffer.concat(await message.toArray()).toString("utf8")) as PutCall;
    const isTroubled = happens(0.2);
    const fails = call.Records.map(() => isTroubled && happens(0.3));
    const answer = await forward(
      hostUrl(),
      { ...call, Records: call.Records.filter((_, at) => fails[at] !== true) },
      message,
    );
    if (answer.entries === undefined) troubles.callsToNobody++;
    if (happens(0.05)) {
      troubles.lostAnswers++;
      response.destroy();
      return;
    }
    const taken = answer.entries?.values();
    const entries: readonly Entry[] = fails.map((isFailed) =>
      isFailed ? unavailable : (taken?.next().value ?? unavailable),
    );
    troubles.failedEntries += fails.filter(Boolean).length;
    const body =
      answer.entries === undefined
        ? { __type: unavailable.ErrorCode, message: "Nobody is there." }
        : {
            FailedPutCount: entries.filter((entry) => "ErrorCode" in entry).length,
            RequestResponses: entries,
          };
    response
      .writeHead(answer.entries === undefined ? 503 : 200, { "content-type": "application/x-amz-json-1.1" })
      .end(JSON.stringify(body));
  };
  const server = createServer((message, response) => {
    serve(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    troubles,
    end() {
      isOver = true;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => void server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** What the host answers for each record; undefined where nobody answers, or with an error. */
async function forward(
  url: string | undefined,
  call: PutCall,
  { headers }: IncomingMessage,
): Promise<{ readonly entries: readonly Entry[] | undefined }> {
  if (call.Records.length === 0) return { entries: [] };
  try {
    const response = await fetch(url ?? "http://127.0.0.1:1", {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": String(headers["x-amz-target"]),
      },
      body: JSON.stringify(call),
    });
    const { RequestResponses } = (await response.json()) as { RequestResponses?: readonly Entry[] };
    return { entries: RequestResponses };
  } catch {
    return { entries: undefined };
  }
}
