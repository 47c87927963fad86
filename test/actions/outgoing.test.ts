// The way out to other systems: closed addresses, redirects, slow and endless answers, secrets. A real server on this machine answers.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isClosedAddress, openAddress, type ResolvedAddress } from "../../server/actions/addresses.ts";
import { makeOutgoing, type OutgoingOptions } from "../../server/actions/outgoing.ts";

interface Seen {
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

let server: Server;
let base: string;
let seen: Seen[];

beforeEach(async () => {
  seen = [];
  server = createServer((incoming, answer) => {
    let body = "";
    incoming.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    incoming.on("end", () => {
      seen.push({ url: incoming.url, headers: incoming.headers, body });
      switch (incoming.url?.split("?")[0]) {
        case "/redirect":
          answer.writeHead(302, { location: `${base}/ok` }).end();
          return;
        case "/busy":
          answer.writeHead(429, { "retry-after": "7" }).end("later");
          return;
        case "/endless":
          answer.writeHead(200);
          answer.write("x".repeat(100_000));
          return;
        case "/silent":
          return;
        case "/switch":
          incoming.socket.end("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n");
          return;
        case "/slow":
          answer.writeHead(200);
          answer.write("so far");
          return;
        case "/echo":
          answer.end(`${incoming.url} ${incoming.headers.authorization} ${body}`);
          return;
        case "/late-echo":
          answer.end(`${"x".repeat(2040)}${incoming.headers.authorization}${"y".repeat(2000)}`);
          return;
        default:
          answer.end("fine");
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const port = (options: Partial<OutgoingOptions> = {}) => makeOutgoing({ allowed: "all", environment: {}, ...options });
const request = (path: string, timeoutMs = 5000) => ({
  url: `${base}${path}`,
  headers: {},
  body: '{"a":1}',
  timeoutMs,
});

describe("post", () => {
  test("sends the body and gives the answer", async () => {
    const result = await port().post({ ...request("/ok"), headers: { "x-a": "b" } });
    expect(result).toEqual({ kind: "answered", status: 200, body: "fine", retryAfter: undefined });
    expect(seen[0]).toMatchObject({
      body: '{"a":1}',
      headers: { "content-type": "application/json", "x-a": "b", "content-length": "7" },
    });
  });
  test("does not follow redirects", async () => {
    expect(await port().post(request("/redirect"))).toMatchObject({ kind: "answered", status: 302 });
    expect(seen).toHaveLength(1);
  });
  test("keeps two kilobytes of an answer that does not end", async () => {
    const result = await port().post(request("/endless"));
    expect(result.kind === "answered" && result.body.length).toBe(2048);
  });
  test("tells how long to wait", async () => {
    expect(await port().post(request("/busy"))).toMatchObject({ status: 429, retryAfter: "7" });
  });
  test("gives up on silence", async () => {
    expect(await port().post(request("/silent", 50))).toEqual({
      kind: "failed",
      reason: "no answer within 50 ms",
      final: false,
    });
  });
  test("an answer that has begun counts when the time is over", async () => {
    expect(await port().post(request("/slow", 200))).toMatchObject({ kind: "answered", status: 200, body: "so far" });
  });
  test("101 is a failure", async () => {
    expect(await port().post(request("/switch"))).toEqual({
      kind: "failed",
      reason: "the connection was closed without an answer",
      final: false,
    });
  });
  test("the time covers the question for the address", async () => {
    const slow = port({ resolver: () => new Promise(() => undefined) });
    expect(await slow.post({ ...request("", 50), url: "http://slow.test/" })).toEqual({
      kind: "failed",
      reason: "no answer within 50 ms",
      final: false,
    });
  });
  test("the next address is tried", async () => {
    const two = port({
      resolver: async () => [
        { address: "::1", family: 6 },
        { address: "127.0.0.1", family: 4 },
      ],
    });
    expect(await two.post({ ...request(""), url: base.replace("127.0.0.1", "two.test") })).toMatchObject({
      status: 200,
    });
  });
  test.each([{ a: "${env.T}" }, { "a b": "x" }, { trailer: "x" }] as readonly Readonly<Record<string, string>>[])(
    "a header that cannot be sent: %j",
    async (headers) => {
      expect(await port({ environment: { T: "abc\n" } }).post({ ...request("/ok"), headers })).toEqual({
        kind: "failed",
        reason: "a header cannot be sent",
        final: true,
      });
    },
  );
  test("secrets in the body are JSON texts", async () => {
    const given = { ...request("/ok"), body: '{"k":"${env.T}"}' };
    await port({ environment: { T: 'a"b\n\\' } }).post(given);
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual({ k: 'a"b\n\\' });
  });
  test("secrets that the answer repeats are taken out", async () => {
    const secret = port({ environment: { T: 'p"w d', EMPTY: "" } });
    const given = {
      ...request("/echo?${env.T}"),
      headers: { authorization: "${env.T}" },
      body: '"${env.T}${env.EMPTY}"',
    };
    expect(await secret.post(given)).toMatchObject({ body: '/echo?${env.T} ${env.T} "${env.T}"' });
    const cut = await secret.post({ ...given, url: `${base}/late-echo`, headers: { authorization: "${env.T}" } });
    expect(cut.kind === "answered" && cut.body.slice(2030)).toBe(`${"x".repeat(10)}\${env.T}yyy`);
    const long = port({ environment: { T: "secret-secret-secret" } });
    const half = await long.post({
      ...given,
      url: `${base}/late-echo`,
      body: "",
      headers: { authorization: "${env.T}" },
    });
    expect(half.kind === "answered" && half.body.slice(2030)).toBe(`${"x".repeat(10)}\${env.T}`);
  });
  test.each([
    ["https://${env.S}.invalid/", "HUNTER2", "the host ${env.S}.invalid is not known (ENOTFOUND)"],
    ["${env.S}", "hunter2:x", "the URL is not http or https"],
    ["${env.S}", "hunter2", "the URL (host ${env.S}) is no address"],
    ["https://u:${env.S}@x.test/", "a@hunter2/", "the host x.test is not known (ENOTFOUND)"],
  ])("reasons do not tell secrets: %s", async (url, S, reason) => {
    const resolver = async (): Promise<never> => {
      throw Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
    };
    expect(await port({ environment: { S }, resolver }).post({ ...request(""), url })).toMatchObject({ reason });
  });
  test("puts secrets in and never tells them", async () => {
    const secret = port({ environment: { TOKEN: "s3cret" } });
    const given = {
      ...request("/ok?key=${env.TOKEN}"),
      headers: { authorization: "Bearer ${env.TOKEN}" },
      body: '"${env.TOKEN}"',
    };
    await secret.post(given);
    expect(seen[0]).toMatchObject({
      url: "/ok?key=s3cret",
      body: '"s3cret"',
      headers: { authorization: "Bearer s3cret" },
    });
    const down = await secret.post({ ...given, url: "http://127.0.0.1:1/?key=${env.TOKEN}" });
    expect(JSON.stringify(down)).not.toContain("s3cret");
    expect(await port().post(given)).toEqual({
      kind: "failed",
      reason: "the environment has no variable TOKEN",
      final: true,
    });
  });
  test.each(["nonsense", "ftp://127.0.0.1/x", "file:///etc/passwd"])("%s is refused for good", async (url) => {
    expect(await port().post({ ...request(""), url })).toMatchObject({ kind: "failed", final: true });
  });
  test("IT-64 closed addresses are refused before anything is sent", async () => {
    const result = await port({ allowed: [] }).post(request("/ok"));
    expect(result).toMatchObject({ kind: "failed", final: true, reason: expect.stringContaining("webhooks.allow") });
    expect(seen).toEqual([]);
    expect(await port({ allowed: ["127.0.0.1"] }).post(request("/ok"))).toMatchObject({ kind: "answered" });
  });
});

describe("addresses", () => {
  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "::",
    "fd00::1",
    "fe80::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "224.0.0.1",
    // Other ways to write or to translate IPv4 addresses.
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::1",
    "2001::1",
    "2001:1ff:ffff::1",
    // Site-local, documentation, discard-only, multicast, beyond the public part.
    "fec0::1",
    "2001:db8::1",
    "3fff::1",
    "3fff:fff::1",
    "100::1",
    "1fff:ffff::1",
    "4000::1",
    "ff02::1",
    "fe80::1%lo",
    "nonsense",
  ])("%s is closed", (address) => expect(isClosedAddress(address)).toBe(true));
  test.each(["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "2001:200::1", "3fff:1000::1"])(
    "%s is open",
    (address) => expect(isClosedAddress(address)).toBe(false),
  );
  const answers =
    (...addresses: readonly ResolvedAddress[]) =>
    async () =>
      addresses;
  test("a name with one closed address is refused whole", async () => {
    const resolver = answers({ address: "8.8.8.8", family: 4 }, { address: "10.0.0.1", family: 4 });
    expect(await openAddress("example.org", [], resolver)).toMatchObject({ kind: "refused", final: true });
    expect(await openAddress("example.org", ["EXAMPLE.org"], resolver)).toMatchObject({ kind: "open" });
  });
  test("the address that was looked at is the one to connect to", async () => {
    expect(await openAddress("example.org", [], answers({ address: "8.8.8.8", family: 4 }))).toEqual({
      kind: "open",
      addresses: [{ address: "8.8.8.8", family: 4 }],
    });
  });
  test("numbers in other forms mean what the machine makes of them", async () => {
    // URL turns 2130706433 and 0x7f.1 into 127.0.0.1.
    for (const host of ["http://2130706433/", "http://0x7f.1/", "http://[::ffff:7f00:1]/"])
      expect(await openAddress(new URL(host).hostname, [], answers())).toMatchObject({ kind: "refused" });
  });
  test("unknown names are told, and may be known later", async () => {
    const resolver = async (): Promise<never> => {
      throw Object.assign(new Error("getaddrinfo"), { code: "ENOTFOUND" });
    };
    expect(await openAddress("no.such.host", [], resolver)).toEqual({
      kind: "refused",
      reason: "the host no.such.host is not known (ENOTFOUND)",
      final: false,
    });
  });
});
