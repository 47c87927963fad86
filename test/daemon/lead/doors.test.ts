// Doors other than the Unix socket's usual one: TCP with and without TLS, folders that others may enter, a socket that is taken.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { required } from "../../../base/failure.ts";
import { OWNER } from "../../../server/security/types.ts";
import { openTcpDoor, openUnixDoor } from "../../../server/daemon/lead/doors.ts";
import { startTestDaemon, type TestDaemon } from "../../support/daemon.ts";
import { laneDoubles } from "../../support/lane-double.ts";
import { wireClient, wireClientOn } from "../../support/wire-client.ts";

const TLS_FOLDER = resolve(import.meta.dirname, "../../security/tls");
const cert = readFileSync(join(TLS_FOLDER, "certificate.pem"), "utf8");
const key = readFileSync(join(TLS_FOLDER, "key.pem"), "utf8");
const EVERYBODY = {
  authenticate: () => Promise.resolve({ kind: "principal", principal: OWNER } as const),
  note: () => undefined,
  close: () => Promise.resolve(),
};

let daemon: TestDaemon | undefined;
afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
});

function portOf(own: TestDaemon): number {
  const address = required(own.lead.status().listening[1], "a TCP door");
  return Number(/:(\d+)$/u.exec(address)?.[1]);
}

test("TCP on this machine needs no TLS, but a token", async () => {
  const lanes = laneDoubles();
  daemon = await startTestDaemon({ sets: ["listen.tcp=127.0.0.1:0"], ports: { startHost: lanes.startHost } });
  const client = await wireClient({ host: "127.0.0.1", port: portOf(daemon) });
  client.send("CONNECT", { protocol_version: 1 });
  expect((await client.next()).fields).toMatchObject({ code: "TokenNeeded" });
  await client.whenClosed();
});

test("over TLS a session lives in a lane like any other; when the lane dies the connection closes", async () => {
  const lanes = laneDoubles();
  daemon = await startTestDaemon({
    sets: ["listen.tcp=127.0.0.1:0"],
    ports: { startHost: lanes.startHost, tls: { cert, key }, authenticator: EVERYBODY },
  });
  expect(daemon.lead.status().listening[1]).toMatch(/^tls:\/\/127\.0\.0\.1:\d+$/u);
  const client = wireClientOn(
    connectTls({ port: portOf(daemon), host: "127.0.0.1", ca: cert, servername: "localhost" }),
  );
  await client.connect();
  for (let turn = 0; turn < 100; turn += 1) client.send("PING", {});
  for (let turn = 0; turn < 100; turn += 1) expect((await client.next()).name).toBe("PONG");
  required(lanes.alive[0], "a lane").die();
  await client.whenClosed();
  const plain = await wireClient({ host: "127.0.0.1", port: portOf(daemon) });
  plain.send("PING", {});
  await plain.whenClosed();
  expect(plain.received).toEqual([]);
});

test("a port that other machines reach is not opened without TLS, nor one that is taken, nor what is no address", async () => {
  const nobody = (): void => undefined;
  await expect(openTcpDoor("0.0.0.0:0", undefined, 1000, nobody)).rejects.toMatchObject({
    code: "ServiceUnavailable",
    help: expect.stringContaining("listen.tls_cert"),
  });
  await expect(openTcpDoor("localhost", undefined, 1000, nobody)).rejects.toThrow("host:port");
  const door = await openTcpDoor("127.0.0.1:0", undefined, 1000, nobody);
  await expect(openTcpDoor(`127.0.0.1:${String(door.port)}`, undefined, 1000, nobody)).rejects.toThrow("EADDRINUSE");
  door.close();
});

test("a socket is opened only in a folder that nobody else may enter", async () => {
  const root = mkdtempSync(join(tmpdir(), "gobi-doors-"));
  const folder = join(root, "run");
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  try {
    await expect(openUnixDoor(join(folder, "s"), () => undefined)).rejects.toThrow("can be entered by other users");
    chmodSync(folder, 0o700);
    const door = await openUnixDoor(join(folder, "s"), () => undefined);
    await expect(openUnixDoor(join(folder, "s"), () => undefined)).rejects.toThrow("EADDRINUSE");
    door.close();
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
