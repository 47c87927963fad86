// The ways in: the same suite over the Unix socket, TCP, TLS and TLS with certificates of clients; what a connection may do before it has said who it is; who gets no further than the handshake.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect } from "../../protocol/client/client.ts";
import { readSocketKey } from "../../protocol/client/socket-key.ts";
import type { Client, ConnectOptions } from "../../protocol/client/types.ts";
import { encodeFrame } from "../../protocol/frame.ts";
import type { MessageFields } from "../../protocol/message-codec.ts";
import { MESSAGES, type MessageName } from "../../protocol/messages.ts";
import { openTcpDoor, openUnixDoor } from "../../server/daemon/lead/doors.ts";
import { makeSocketKey } from "../../server/daemon/lead/socket-key.ts";
import { readTls } from "../../server/security/tls.ts";
import { runGobi } from "../cli/run-command-line.ts";
import { makeAuthority } from "../support/certificates.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";
import { wireClient } from "../support/wire-client.ts";

const SCRIPT = `
CREATE TABLE t (n INTEGER PRIMARY KEY, word TEXT);
INSERT INTO t VALUES (1, 'one'), (2, 'two');
upsert procedure twice (n int) returns int { return n * 2 }
upsert procedure fails () { raise Oops("no") }
upsert procedure busy () { let i = 0; while true { i += 1 } }
CREATE USER ann PASSWORD 'the password of ann';
GRANT admin TO ann;
`;

const authority = makeAuthority("authority of the test");
const server = authority.issue({ name: "localhost" });
const program = authority.issue({ name: "a program" });
const other = makeAuthority("somebody else");

let folder: string;
/** Listens on the Unix socket and on TCP without TLS. */
let plain: TestDaemon;
/** TLS with certificates of clients; wire.test.ts has it without them. */
let mutual: TestDaemon;
let token: string;
const clients: Client[] = [];

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

async function listening(clientAuthority: string): Promise<TestDaemon> {
  const files = {
    certificate: written("certificate.pem", server.certificate),
    key: written("key.pem", server.key),
    clientAuthority,
  };
  const tls = readTls(files, Date.now(), () => undefined);
  return await startTestDaemon({ script: SCRIPT, sets: ["listen.tcp=127.0.0.1:0"], ports: { tls } });
}

/** The address of a daemon on TCP. */
function tcp(daemon: TestDaemon): string {
  const found = daemon.lead.status().listening.find((each) => !each.startsWith("unix:")) ?? "";
  return found.replace(/^(?:tcp|tls):/u, "gobi:");
}

function portOf(daemon: TestDaemon): number {
  return Number(/:(\d+)$/u.exec(tcp(daemon))?.[1]);
}

async function opened(options: ConnectOptions): Promise<Client> {
  const client = await connect({ reconnectMax: 0, pool: { max: 2 }, ...options });
  clients.push(client);
  return client;
}

const PASSWORD = { user: "ann", password: "the password of ann" } as const;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gobi-tls-"));
  plain = await startTestDaemon({ script: SCRIPT, sets: ["listen.tcp=127.0.0.1:0"] });
  mutual = await listening(written("authority.pem", authority.certificate));
  const owner = await opened({ target: plain.place.socket });
  const [made] = await owner.query("CREATE TOKEN wire FOR ann");
  token = String(made?.["token"]);
}, 60_000);
afterAll(async () => {
  for (const client of clients) await client.close();
  for (const daemon of [plain, mutual]) await daemon.stop();
  rmSync(folder, { recursive: true, force: true });
});

const WAYS: readonly (readonly [string, () => ConnectOptions])[] = [
  ["the Unix socket", () => ({ target: plain.place.socket })],
  ["TCP on this machine, with a token", () => ({ target: tcp(plain), token })],
  [
    "TLS with a certificate of the client, and a password",
    () => ({
      target: tcp(mutual),
      tls: { ca: authority.certificate, cert: program.certificate, key: program.key },
      ...PASSWORD,
    }),
  ],
];

describe.each(WAYS)("GR-22: over %s", (_, way) => {
  let client: Client;
  beforeAll(async () => {
    client = await opened(way());
  });

  it("queries, calls and prepared statements", async () => {
    expect(await client.query("SELECT word FROM t WHERE n = ?", [2])).toEqual([{ word: "two" }]);
    expect(await client.call("twice", [21])).toBe(42);
    const statement = await client.prepare("SELECT n FROM t WHERE word = :w");
    expect(await statement.all({ w: "one" })).toEqual([{ n: 1 }]);
  });

  it("many rows, and large values both ways", async () => {
    let sum = 0;
    const numbers = client.stream(
      "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 50000) SELECT n FROM c",
    );
    for await (const row of numbers) sum += Number(row["n"]);
    expect(sum).toBe(1_250_025_000);
    const text = "ä".repeat(500_000);
    expect(await client.query("SELECT ? AS text", [text])).toEqual([{ text }]);
  });

  it("transactions, errors and cancellation", async () => {
    const undone = client.transaction(async (session) => {
      await session.execute("DELETE FROM t");
      await session.call("fails");
    });
    await expect(undone).rejects.toMatchObject({ code: "Oops", message: "no" });
    expect(await client.query("SELECT count(*) AS n FROM t")).toEqual([{ n: 2 }]);
    const stop = new AbortController();
    const call = client.call("busy", [], { signal: stop.signal });
    stop.abort();
    await expect(call).rejects.toMatchObject({ code: "Cancelled" });
    expect(await client.call("twice", [1])).toBe(2);
  });
});

describe("GR-22: the doors", () => {
  it("the socket is the owner's alone, in a folder that is the owner's alone", () => {
    expect(statSync(plain.place.socket).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(plain.place.socket)).mode & 0o777).toBe(0o700);
    expect(statSync(plain.place.socket).uid).toBe(process.getuid?.());
  });

  it("a folder that others can enter is refused", async () => {
    const open = join(folder, "open");
    mkdirSync(open);
    chmodSync(open, 0o755);
    await expect(openUnixDoor(join(open, "x.sock"), () => undefined)).rejects.toMatchObject({
      code: "ServiceUnavailable",
      message: expect.stringContaining("can be entered by other users"),
    });
  });

  it("TCP is off unless it is asked for", async () => {
    const quiet = await startTestDaemon();
    expect(quiet.lead.status().listening).toEqual([`unix:${quiet.place.socket}`]);
    await quiet.stop();
  });

  it.each(["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.org:0"])("%s is refused without TLS", async (address) => {
    await expect(openTcpDoor(address, undefined, 1000, () => undefined)).rejects.toMatchObject({
      code: "ServiceUnavailable",
      message: expect.stringContaining("can be reached from other machines, and has no TLS"),
    });
  });

  it("an address without a host is this machine's own", async () => {
    const door = await openTcpDoor(":0", undefined, 1000, () => undefined);
    expect(door.address).toMatch(/^tcp:\/\/127\.0\.0\.1:\d+$/u);
    door.close();
  });
});

const BEFORE: ReadonlySet<MessageName> = new Set<MessageName>(["CONNECT", "DISCONNECT", "PING", "CANCEL"]);
const LATER = (Object.keys(MESSAGES) as MessageName[]).filter(
  (name) => MESSAGES[name].from === "client" && !BEFORE.has(name),
);

describe.each([
  ["the Unix socket", () => plain.place.socket],
  ["TCP", () => ({ host: "127.0.0.1", port: portOf(plain) })],
])("GR-29: before it has said who it is, over %s, a connection", (_, target) => {
  it("is answered to PING, and may go", async () => {
    const client = await wireClient(target());
    client.send("PING", {});
    expect((await client.next()).name).toBe("PONG");
    client.send("DISCONNECT", {});
    await client.whenClosed();
  });

  it("cancels nothing without the secret of a session", async () => {
    const client = await wireClient(target());
    client.send("CANCEL", { session_id: 1, secret: new Uint8Array(16) });
    expect((await client.next()).fields).toMatchObject({ code: "NoSuchSession" });
    client.end();
  });

  it.each(LATER)("is closed after %s", async (name) => {
    const client = await wireClient(target());
    client.sendBytes(encodeFrame(MESSAGES[name].code, { messageId: 1, sessionId: 1 }, new Uint8Array(0)));
    expect(await client.next()).toMatchObject({ name: "ERROR", fields: { code: "NotConnected" } });
    expect(await client.next()).toMatchObject({ name: "GOODBYE" });
    await client.whenClosed();
  });
});

describe("GR-29: credentials", () => {
  it("over the Unix socket who may open it is the owner, and says who else he wants to be", async () => {
    const client = await opened({ target: plain.place.socket });
    const ann = await opened({ target: plain.place.socket, user: "ann" });
    expect(await client.session((session) => Promise.resolve(session.user))).toBe("owner");
    expect(await ann.session((session) => Promise.resolve(session.user))).toBe("ann");
  });

  describe("the key of the Unix socket", () => {
    const keyFile = (): string => `${plain.place.socket}.key`;

    /** What CONNECT is answered with. */
    async function asked(fields: Partial<MessageFields<"CONNECT">>): Promise<string> {
      const wire = await wireClient(plain.place.socket);
      wire.send("CONNECT", { protocol_version: 1, ...fields });
      const { name, fields: said } = await wire.next();
      wire.end();
      return name === "READY" ? `READY ${String(said["user"])}` : String(said["code"]);
    }

    it("is a file for the owner alone, with a key of its own for each launch, and goes with the daemon", async () => {
      expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
      const key = readFileSync(keyFile(), "latin1");
      expect(key).toMatch(/^[0-9a-f]{64}\n$/u);
      expect(readFileSync(`${mutual.place.socket}.key`, "latin1")).not.toBe(key);
      writeFileSync(join(folder, "x.sock.key"), "an old one", { mode: 0o644 });
      expect(makeSocketKey(join(folder, "x.sock"))).toMatch(/^[0-9a-f]{64}$/u);
      expect(statSync(join(folder, "x.sock.key")).mode & 0o777).toBe(0o600);
    });

    it("makes who shows it the owner, or whom he names", async () => {
      const socket_key = readSocketKey(plain.place.socket);
      expect(await asked({ socket_key })).toBe("READY owner");
      expect(await asked({ socket_key, user: "ann" })).toBe("READY ann");
      expect(await asked({ socket_key, user: "nobody" })).toBe("AuthenticationFailed");
    });

    it("is needed: who reaches the socket without it comes in with a token or password only", async () => {
      expect(await asked({})).toBe("TokenNeeded");
      expect(await asked({ user: "ann" })).toBe("TokenNeeded");
      expect(await asked({ user: "owner" })).toBe("TokenNeeded");
      expect(await asked({ token })).toBe("READY ann");
      expect(await asked(PASSWORD)).toBe("READY ann");
    });

    it.each(["", "0", "0".repeat(64), "ä".repeat(64), "0".repeat(10_000)])(
      "is compared: %s is refused",
      async (wrong) => {
        expect(await asked({ socket_key: wrong })).toBe("AuthenticationFailed");
        expect(await asked({ socket_key: wrong, user: "ann" })).toBe("AuthenticationFailed");
        expect(await asked({ socket_key: wrong, token })).toBe("AuthenticationFailed");
      },
    );

    it("is of no use over TCP", async () => {
      const wire = await wireClient({ host: "127.0.0.1", port: portOf(plain) });
      wire.send("CONNECT", { protocol_version: 1, socket_key: readSocketKey(plain.place.socket) });
      expect((await wire.next()).fields).toMatchObject({ code: "TokenNeeded" });
      wire.end();
    });

    it("is found through a link to the socket, and stands in no line of the log", async () => {
      const link = join(folder, "link.sock");
      symlinkSync(plain.place.socket, link);
      const client = await opened({ target: link });
      expect(await client.session((session) => Promise.resolve(session.user))).toBe("owner");
      expect(plain.lines.join("\n")).not.toContain(readSocketKey(plain.place.socket));
    });

    it("the guesses of strangers at passwords do not close the door for the owner", async () => {
      const daemon = await startTestDaemon({ script: SCRIPT });
      const wrong = async (): Promise<void> => {
        const wire = await wireClient(daemon.place.socket);
        wire.send("CONNECT", { protocol_version: 1, user: "ann", password: "wrong" });
        await wire.next();
        wire.end();
      };
      // Two are looked at, answered late.
      await Promise.all([wrong(), wrong()]);
      const wire = await daemon.wire();
      expect(await wire.connect({ user: "ann" })).toMatchObject({ lane: expect.any(String) as string });
      await daemon.stop();
    });
  });

  it("over TCP nobody comes in without a token, or a user and his password", async () => {
    for (const wrong of [{}, { user: "ann" }, { user: "owner", password: "" }, { token: "" }])
      await expect(opened({ target: tcp(plain), ...wrong })).rejects.toMatchObject({
        code: expect.stringMatching(/^(?:TokenNeeded|AuthenticationFailed)$/u),
      });
  });

  it("a certificate of the client is asked for, and is not enough", async () => {
    const ca = authority.certificate;
    const tls = { ca, cert: program.certificate, key: program.key };
    await expect(opened({ target: tcp(mutual), tls })).rejects.toMatchObject({ code: "TokenNeeded" });
  });

  it.each([
    ["no certificate", () => undefined],
    ["one of another authority", () => other.issue({ name: "a program" })],
    ["one that signed itself", () => makeAuthority("a program")],
    ["one that is over", () => authority.issue({ name: "a program", from: new Date(0), to: new Date(86_400_000) })],
    [
      "one of tomorrow",
      () =>
        authority.issue({
          name: "a program",
          from: new Date(Date.now() + 86_400_000),
          to: new Date(Date.now() + 2 * 86_400_000),
        }),
    ],
  ])("with %s nobody gets past the handshake", async (_, make) => {
    const shown = make();
    const own = shown === undefined ? {} : { cert: shown.certificate, key: shown.key };
    const attempt = opened({ target: tcp(mutual), tls: { ca: authority.certificate, ...own }, ...PASSWORD });
    await expect(attempt).rejects.toMatchObject({ code: "ServiceUnavailable" });
  });

  it("gobi sql shows the certificate that it is given", async () => {
    const place = ["sql", tcp(mutual), "--user", "ann", "--password-file", written("password", PASSWORD.password)];
    const ca = ["--ca", written("authority.pem", authority.certificate)];
    const cert = ["--cert", written("program.pem", program.certificate)];
    const key = ["--key", written("program-key.pem", program.key)];
    const asked = ["-c", "SELECT 41 + 1 AS answer"];
    const shown = await runGobi({}, ...place, ...ca, ...cert, ...key, ...asked);
    expect(shown, shown.err).toMatchObject({ code: 0, out: expect.stringContaining("42") });
    expect((await runGobi({}, ...place, ...ca, ...asked)).code).not.toBe(0);
    const half = await runGobi({}, ...place, ...ca, ...cert, ...asked);
    expect(half.err).toContain("--cert and --key belong together");
  });

  it("so that no login of them is in the audit log", async () => {
    const owner = await opened({ target: mutual.place.socket });
    expect(
      await owner.query(
        "SELECT DISTINCT json_extract(details, '$.code') AS code FROM system.audit_log WHERE action = 'login' AND outcome <> 'done'",
      ),
      // Of who had a good certificate and no token.
    ).toEqual([{ code: "TokenNeeded" }]);
  });

  it("a daemon of another authority is not trusted", async () => {
    await expect(opened({ target: tcp(mutual), tls: { ca: other.certificate }, ...PASSWORD })).rejects.toMatchObject({
      code: "ServiceUnavailable",
      message: expect.stringContaining("could not be trusted"),
    });
  });
});
