import { createServer } from "node:http";

/** The least a Mackerel endpoint can do: no key, no limits, no bad input, nothing kept. */
const [target = ""] = process.argv.slice(2);

interface Delivery {
  readonly requestId: string;
  readonly records: readonly { readonly data: string }[];
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const delivery = JSON.parse(Buffer.concat(chunks).toString()) as Delivery;
    const points = delivery.records.flatMap(({ data }) =>
      Buffer.from(data, "base64")
        .toString()
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    );
    const headers = { "Content-Type": "application/json", "X-Api-Key": "key" };
    void fetch(`${target}/api/v0/services/bench/tsdb`, {
      method: "POST",
      headers,
      body: JSON.stringify(points),
    })
      .then(async (posted) => await posted.text())
      .then(() => {
        const body = JSON.stringify({ requestId: delivery.requestId, timestamp: Date.now() });
        response.writeHead(200, {
          "Content-Type": "application/json",
          "Content-Length": Buffer.byteLength(body),
        });
        response.end(body);
      });
  });
});
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
