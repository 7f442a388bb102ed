import { describe, expect, it } from "vitest";
import { failureOf } from "../../../infra/local/connection-error.ts";
import { startFirehoseEndpoint, type EndpointFault } from "../../support/firehose-endpoint.ts";
import { startTestHost } from "../../support/host.ts";
import { TurnedClock } from "../../support/turned-clock.ts";

const conforming = (requestId: string): string => JSON.stringify({ requestId, timestamp: 1 });
const typed = "Content-Type: application/json";

/** An answer whose body is the contract's. */
const raw =
  (statusLine: string, ...headers: string[]) =>
  (requestId: string): string => {
    const body = conforming(requestId);
    return [statusLine, ...headers, `Content-Length: ${body.length}`, "Connection: close", "", body].join(
      "\r\n",
    );
  };

const chunked = (requestId: string): string => {
  const body = conforming(requestId);
  const chunk = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  return `HTTP/1.1 200 OK\r\n${typed}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${chunk}`;
};

const large = `HTTP/1.1 200 OK\r\n${typed}\r\nContent-Length: 1048577\r\n\r\n${" ".repeat(1_048_577)}`;
const status = (code: number): EndpointFault => ({ kind: "status", status: code, body: "why" });
const text = (answer: string | ((requestId: string) => string)): EndpointFault => ({
  kind: "raw",
  text: answer,
});

describe("an endpoint's answer over HTTP", () => {
  it.each<[string, EndpointFault, string]>([
    ["204", status(204), "DestinationException"],
    ["302", { kind: "status", status: 302, headers: { location: "/" } }, "InvalidStatusCode"],
    ["400", status(400), "DestinationException"],
    ["401", status(401), "DestinationException"],
    ["429", status(429), "DestinationException"],
    ["503", status(503), "DestinationException"],
    ["HTML", { kind: "wrong-body" }, "InvalidResponseFromDestination"],
    ["no content type", text(raw("HTTP/1.1 200 OK")), "InvalidResponseFromDestination"],
    ["gzip", text(raw("HTTP/1.1 200 OK", typed, "Content-Encoding: gzip")), "InvalidResponseFromDestination"],
    ["no Content-Length", text(chunked), "InvalidResponseFromDestination"],
    [
      "another request id",
      text(() => raw("HTTP/1.1 200 OK", typed)("other")),
      "InvalidResponseFromDestination",
    ],
    ["two content types", text(raw("HTTP/1.1 200 OK", typed, typed)), "IllegalResponseFailure"],
    [
      "a long reason",
      text(raw(`HTTP/1.1 200 ${"x".repeat(65)}`, typed)),
      "ResponseReasonPhraseExceededLimit",
    ],
    ["over 1 MiB", text(large), "ResponseTooLarge"],
    ["no HTTP", text("SSH-2.0-OpenSSH\r\n"), "IllegalMessageStart"],
    ["half a header", text("HTTP/1.1 200 OK\r\nContent-"), "ConnectionReset"],
    ["a header that is none", text("HTTP/1.1 200 OK\r\n: \r\n\r\n"), "IllegalResponseFailure"],
    ["headers without end", text(`HTTP/1.1 200 OK\r\nA: ${"x".repeat(200_000)}`), "ResponseTooLarge"],
    ["half a body", { kind: "truncated" }, "ConnectionReset"],
    ["a reset", { kind: "reset" }, "ConnectionReset"],
  ])("fails with Firehose's error code: %s", async (_, fault, code) => {
    await using endpoint = await startFirehoseEndpoint([fault]);
    const streams = [{ name: "web", url: endpoint.url }];
    await using host = await startTestHost({ streams, clock: new TurnedClock() });
    await host.put("web", "1");
    await host.told("failed");
    expect(host.events[0]).toMatchObject({ failure: { errorCode: `HttpEndpoint.${code}` } });
    expect(host.waitingRecords()).toBe(1);
  });

  it.each([
    ["with nobody there", "http://127.0.0.1:1/", "ConnectionFailed"],
    ["with a name that is none", "http://none.invalid/", "ConnectionFailed"],
    ["with a space in the path", "http://127.0.0.1:1/a b", "MakeRequestFailure.IllegalUriException"],
  ])("fails with Firehose's error code where there is none: %s", async (_, url, code) => {
    await using host = await startTestHost({ streams: [{ name: "web", url }], clock: new TurnedClock() });
    await host.put("web", "1");
    await host.told("failed");
    expect(host.events[0]).toMatchObject({ failure: { errorCode: `HttpEndpoint.${code}` } });
  });

  it("fails a handshake with something that does not speak TLS", async () => {
    await using endpoint = await startFirehoseEndpoint();
    const streams = [{ name: "web", url: endpoint.url.replace("http:", "https:") }];
    await using host = await startTestHost({ streams, clock: new TurnedClock() });
    await host.put("web", "1");
    await host.told("failed");
    expect(host.events[0]).toMatchObject({ failure: { errorCode: "HttpEndpoint.SSLHandshakeFailure" } });
  });

  it("fails an access key that no header can carry", async () => {
    const streams = [{ name: "web", url: "http://127.0.0.1:1/", accessKey: "a\nb" }];
    await using host = await startTestHost({ streams, clock: new TurnedClock() });
    await host.put("web", "1");
    await host.told("failed");
    expect(host.events[0]).toMatchObject({
      failure: { errorCode: "HttpEndpoint.MakeRequestFailure.IllegalCharacterInHeaderValue" },
    });
  });
});

describe("failureOf", () => {
  it.each([
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "SSLHandshakeCertificatePathFailure"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "SSLHandshakeCertificatePathFailure"],
    ["CERT_HAS_EXPIRED", "SSLHandshakeCertificatePathValidationFailure"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "SSLHandshakeCertificatePathValidationFailure"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "SSLHandshakeFailure"],
    ["EPIPE", "ConnectionReset"],
    ["SOMETHING_NEW", "ConnectionFailed"],
  ])("knows %s", (code, name) => {
    const error = Object.assign(new Error("why"), { code });
    const failure = { kind: "failed", errorCode: `HttpEndpoint.${name}`, errorMessage: "why" };
    expect(failureOf(error)).toEqual(failure);
  });

  it("has words for anything that is thrown", () => {
    for (const thrown of [undefined, null, "x", new Error()]) {
      expect(failureOf(thrown).errorCode).toBe("HttpEndpoint.ConnectionFailed");
      expect(failureOf(thrown).errorMessage).toMatch(/./);
    }
  });
});
