import { createServer } from "node:http";

/** A Mackerel that takes everything at once. */
const answer = '{"success":true}';
const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": answer.length });
    response.end(answer);
  });
});
server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
