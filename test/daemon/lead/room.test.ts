// The Lead from a client's side, with doubles for lanes: who comes in and who does not, cancelling, lanes that die, moves and the end.
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { required } from "../../../base/failure.ts";
import { encodeFrame } from "../../../protocol/frame.ts";
import { encodeMessage } from "../../../protocol/message-codec.ts";
import { startTestDaemon, type TestDaemon, type TestDaemonOptions } from "../../support/daemon.ts";
import { laneDoubles, type LaneDoubles } from "../../support/lane-double.ts";

let daemon: TestDaemon | undefined;
afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
});

async function setUp(
  options: TestDaemonOptions = {},
): Promise<{ readonly daemon: TestDaemon; readonly lanes: LaneDoubles }> {
  const lanes = laneDoubles();
  daemon = await startTestDaemon({ ...options, ports: { startHost: lanes.startHost, ...options.ports } });
  return { daemon, lanes };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe("coming in", () => {
  test("CONNECT gives a session in a lane; the socket is the user's alone; the end of the connection ends the session (GR-22)", async () => {
    const { daemon: own } = await setUp();
    expect(statSync(own.place.socket).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(own.place.socket)).mode & 0o777).toBe(0o700);
    const client = await own.wire();
    client.send("PING", {});
    expect((await client.next()).name).toBe("PONG");
    const { sessionId, secret, lane } = await client.connect({ client_name: "test" });
    expect([sessionId, secret.length, lane]).toEqual([1, 16, "DQM-shop-03-M"]);
    client.send("PING", {});
    expect((await client.next()).name).toBe("PONG");
    expect(await own.lead.control("sessions", undefined)).toMatchObject([
      { session_id: 1, client: "test", user: "owner" },
    ]);
    client.end();
    await until(() => own.lead.status().sessions === 0);
  });

  test("messages that come behind CONNECT in one piece are answered in order", async () => {
    const { daemon: own } = await setUp();
    const client = await own.wire();
    const fields = { protocol_version: 1, socket_key: client.socketKey };
    const connect = encodeMessage("CONNECT", { messageId: 1, sessionId: 0 }, fields);
    const ping = (messageId: number): Uint8Array => encodeMessage("PING", { messageId, sessionId: 0 }, {});
    client.sendBytes(Buffer.concat([ping(5), connect, ping(6), ping(7).subarray(0, 11)]));
    const names = [await client.next(), await client.next(), await client.next()].map(({ name }) => name);
    expect(names).toEqual(["PONG", "READY", "PONG"]);
    client.sendBytes(ping(7).subarray(11));
    expect((await client.next()).frame.messageId).toBe(7);
  });

  test("a CONNECT that comes byte by byte is as good", async () => {
    const { daemon: own } = await setUp();
    const client = await own.wire();
    const fields = { protocol_version: 9, socket_key: client.socketKey };
    for (const byte of encodeMessage("CONNECT", { messageId: 1, sessionId: 0 }, fields)) {
      client.sendBytes(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await client.next()).fields).toMatchObject({ protocol_version: 1 });
  });

  const refused: readonly (readonly [string, Uint8Array, string, RegExp])[] = [
    [
      "something else first",
      encodeMessage("PREPARE", { messageId: 3, sessionId: 0 }, { text: "x" }),
      "NotConnected",
      /CONNECT/u,
    ],
    [
      "a version that never was",
      encodeMessage("CONNECT", { messageId: 3, sessionId: 0 }, { protocol_version: 0 }),
      "ProtocolError",
      /Version 0/u,
    ],
    [
      "an unknown lane",
      encodeMessage("CONNECT", { messageId: 3, sessionId: 0 }, { protocol_version: 1, lane: "warp" }),
      "WrongArguments",
      /warp/u,
    ],
    [
      "codecs that nobody knows",
      encodeMessage("CONNECT", { messageId: 3, sessionId: 0 }, { protocol_version: 1, compression: "brotli" }),
      "WrongArguments",
      /brotli/u,
    ],
    [
      "an unknown database",
      encodeMessage("CONNECT", { messageId: 3, sessionId: 0 }, { protocol_version: 1, database: "x" }),
      "NoSuchDatabase",
      /shop/u,
    ],
    [
      "a payload that is no Arrow",
      encodeFrame(1, { messageId: 3, sessionId: 0 }, new Uint8Array(64)),
      "ProtocolError",
      /./u,
    ],
    [
      "a message of the server",
      encodeFrame(64, { messageId: 3, sessionId: 0 }, new Uint8Array(0)),
      "ProtocolError",
      /./u,
    ],
    [
      "an unknown message",
      encodeFrame(200, { messageId: 3, sessionId: 0 }, new Uint8Array(0)),
      "ProtocolError",
      /200/u,
    ],
  ];
  test.each(refused)("%s is told and closed", async (_, bytes, code, message) => {
    const { daemon: own } = await setUp();
    const client = await own.wire();
    client.sendBytes(bytes);
    const error = await client.next();
    expect([error.name, error.frame.messageId, error.fields["code"]]).toEqual(["ERROR", 3, code]);
    expect(error.fields["message"]).toMatch(message);
    expect((await client.next()).name).toBe("GOODBYE");
    await client.whenClosed();
    expect(own.lead.status()).toMatchObject({ sessions: 0, connecting: 0 });
  });

  test("bytes that are no frame, and payloads too large for a greeting, end the connection from the header on", async () => {
    const { daemon: own } = await setUp();
    const noFrame = await own.wire();
    noFrame.sendBytes(Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    expect((await noFrame.next()).fields).toMatchObject({ code: "protocol_error" });
    await noFrame.whenClosed();
    const large = await own.wire();
    large.sendBytes(encodeFrame(1, { messageId: 1, sessionId: 0 }, new Uint8Array(70_000)).subarray(0, 32));
    expect((await large.next()).fields["message"]).toMatch(/70000 bytes/u);
    await large.whenClosed();
  });

  test("who does not say CONNECT in time is closed, with a half frame or none", async () => {
    const { daemon: own } = await setUp({ sets: ["listen.connect_timeout=50ms"] });
    const silent = await own.wire();
    const half = await own.wire();
    half.sendBytes(encodeMessage("CONNECT", { messageId: 1, sessionId: 0 }, { protocol_version: 1 }).subarray(0, 40));
    expect((await silent.next()).fields).toMatchObject({ code: "idle" });
    expect((await half.next()).fields).toMatchObject({ code: "idle" });
  });

  test("one connection too many is told and closed; when one has gone there is place again", async () => {
    const { daemon: own } = await setUp({ sets: ["listen.connections_max=2"] });
    const first = await own.wire();
    await first.connect();
    const second = await own.wire();
    await second.connect();
    const third = await own.wire();
    expect((await third.next()).fields).toMatchObject({
      code: "too_many",
      message: expect.stringContaining("2 connections"),
    });
    await third.whenClosed();
    first.end();
    await until(() => own.lead.status().sessions === 1);
    const fourth = await own.wire();
    expect((await fourth.connect()).sessionId).toBe(3);
  });

  test("tokens and other users are refused where nobody knows them", async () => {
    const { daemon: own } = await setUp({
      ports: {
        authenticator: {
          authenticate: ({ token }) =>
            Promise.resolve({
              kind: "refused",
              code: "TokenUnknown",
              message: `The token has ${String(token?.length)} characters.`,
            }),
          note: () => undefined,
          close: () => Promise.resolve(),
        },
      },
    });
    const client = await own.wire();
    client.send("CONNECT", { protocol_version: 1, token: "gbz_secret" });
    expect((await client.next()).fields).toMatchObject({ code: "TokenUnknown", retryable: false });
    expect(own.lines.join("\n")).not.toContain("gbz_secret");
  });
});

describe("cancelling", () => {
  test("comes over a connection of its own, with the session's secret only", async () => {
    const { daemon: own, lanes } = await setUp();
    const client = await own.wire();
    const { sessionId, secret } = await client.connect();
    const other = await own.wire();
    other.send("CANCEL", { session_id: sessionId, secret: new Uint8Array(16) });
    expect((await other.next()).fields).toMatchObject({ code: "NoSuchSession" });
    other.send("CANCEL", { session_id: sessionId, secret: secret.subarray(0, 3) });
    expect((await other.next()).fields).toMatchObject({ code: "NoSuchSession" });
    const lane = required(lanes.alive[0], "a lane");
    expect(lane.heard.some(({ kind }) => kind === "cancel")).toBe(false);
    other.send("CANCEL", { session_id: sessionId, secret, message_id: 77 });
    expect((await other.next()).name).toBe("DONE");
    expect(lane.heard.find(({ kind }) => kind === "cancel")).toEqual({ kind: "cancel", sessionId: 1n, messageId: 77n });
    const file = required(
      lane.heard.find((each) => each.kind === "open"),
      "opening",
    ).opening.controlFile;
    expect(statSync(file).size).toBe(16);
  });
});

describe("lanes that die", () => {
  test("their sessions end, and another lane takes over", async () => {
    const { daemon: own, lanes } = await setUp();
    const client = await own.wire();
    await client.connect();
    required(lanes.alive[0], "a lane").die();
    await client.whenClosed();
    await own.line(/DQM-shop-03-M was killed by SIGKILL with 1 session/u);
    await until(() => own.lead.status().lanes.some((lane) => lane.state === "connected"));
    const again = await own.wire();
    expect((await again.connect()).lane).toBe("DQM-shop-03-M");
    expect(own.lead.status().sessions).toBe(1);
  });

  test("a session that is moved notices nothing", async () => {
    const { daemon: own, lanes } = await setUp();
    const client = await own.wire();
    await client.connect();
    await own.lead.control("scale", { tag: "medium", min: 2 });
    await until(() => lanes.alive.length === 2 && own.lead.status().lanes.every((lane) => lane.state !== "connecting"));
    required(lanes.alive[0], "a lane").giveBack(1n);
    await until(() => (lanes.alive[1]?.sessions.size ?? 0) + (lanes.alive[0]?.sessions.size ?? 0) === 1);
    client.send("PING", {});
    expect((await client.next()).name).toBe("PONG");
  });
});

describe("the end", () => {
  test("sessions are let go, nobody comes in, no lane is left", async () => {
    const { daemon: own, lanes } = await setUp();
    const client = await own.wire();
    await client.connect();
    const late = await own.wire();
    await own.lead.stopAccepting();
    late.send("CONNECT", { protocol_version: 1 });
    expect((await late.next()).fields).toMatchObject({ code: "ServiceUnavailable", retryable: true });
    expect((await late.next()).fields).toMatchObject({ code: "shutting_down" });
    await expect(own.wire()).rejects.toMatchObject({ code: "ENOENT" });
    await own.lead.drain(1000);
    await client.whenClosed();
    await own.lead.stop();
    expect(lanes.alive).toEqual([]);
  });
});
