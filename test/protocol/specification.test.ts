// docs/protocol.md, sentence by sentence, against a whole daemon: what a client in another language may rely on.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { required } from "../../base/failure.ts";
import { connect } from "../../protocol/client/client.ts";
import { FLAGS, FRAME_HEADER_BYTES, PAYLOAD_BYTES_MAX } from "../../protocol/frame.ts";
import { decodeValue, encodeMessage } from "../../protocol/message-codec.ts";
import { RowsDecoder } from "../../protocol/rows-decode.ts";
import { startTestDaemon, type TestDaemon } from "../support/daemon.ts";
import { type Received, type WireClient, wireClient } from "../support/wire-client.ts";

const PYTHON_CLIENT = join(import.meta.dirname, "../../examples/python-client/gobi_client.py");
const START_MS = 120_000;
const hasPython = spawnSync("python3", ["--version"]).status === 0;

let daemon: TestDaemon;
let address = { host: "127.0.0.1", port: 0 };
let token = "";

beforeAll(async () => {
  daemon = await startTestDaemon({
    script: `
      CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO t VALUES (1, 'ä'), (2, null);
      CREATE FUNCTION twice(a int) RETURNS int { print "twice"; return a * 2 };
      CREATE USER ann; GRANT admin TO ann;`,
    sets: ["listen.tcp=127.0.0.1:0"],
  });
  const door = required(
    daemon.lead.status().listening.find((each) => each.startsWith("tcp:")),
    "a TCP door",
  );
  address = { host: "127.0.0.1", port: Number(/:(\d+)$/u.exec(door)?.[1]) };
  const owner = await connect({ target: daemon.place.socket });
  const [made] = await owner.query("CREATE TOKEN of_ann FOR ann EXPIRES IN '1 day'");
  token = String(made?.["token"]);
  await owner.close();
}, START_MS);

afterAll(async () => {
  await daemon.stop(0);
});

interface Transport {
  readonly name: string;
  open(): Promise<WireClient>;
  credentials(): { readonly token?: string };
}

const TRANSPORTS: readonly Transport[] = [
  { name: "the Unix socket", open: () => daemon.wire(), credentials: () => ({}) },
  { name: "TCP", open: () => wireClient(address), credentials: () => ({ token }) },
];

async function session(transport: Transport): Promise<WireClient> {
  const wire = await transport.open();
  await wire.connect({ client_name: "specification", ...transport.credentials() });
  return wire;
}

/** Frames of one answer: up to the one with END. */
async function answer(wire: WireClient): Promise<readonly Received[]> {
  const frames: Received[] = [];
  for (;;) {
    const next = await wire.next();
    frames.push(next);
    if ((next.frame.flags & FLAGS.END) !== 0) return frames;
  }
}

const names = (frames: readonly Received[]): readonly string[] => frames.map(({ name }) => name);

describe.each(TRANSPORTS)("over $name (GR-22)", (transport) => {
  describe("a conversation", () => {
    it("begins with PING or CONNECT, and with nothing else (GR-29)", async () => {
      const wire = await transport.open();
      const ping = wire.send("PING", {});
      expect(await wire.next()).toMatchObject({ name: "PONG", frame: { messageId: ping } });
      wire.send("EXECUTE_SQL", { text: "SELECT 1" });
      expect(["ERROR", "GOODBYE"]).toContain((await wire.next()).name);
      wire.end();
    });

    it("agrees on a version that is not above the client's", async () => {
      const wire = await transport.open();
      wire.send("CONNECT", { protocol_version: 99, socket_key: wire.socketKey, ...transport.credentials() });
      const ready = await wire.next();
      expect(ready).toMatchObject({
        name: "READY",
        fields: { protocol_version: 1, secret: expect.any(Uint8Array) as Uint8Array },
      });
      expect(ready.frame.sessionId).toBe(ready.fields["session_id"]);
      wire.end();
    });

    it("answers a text statement by statement, every frame with the request's id, the last one with END", async () => {
      const wire = await session(transport);
      const id = wire.send("EXECUTE_SQL", {
        text: "UPDATE t SET name = 'b' WHERE id = 2; SELECT id FROM t ORDER BY id; print 'x'",
      });
      const frames = await answer(wire);
      expect(names(frames)).toEqual(["STATEMENT", "ROWS", "NOTICE", "DONE"]);
      expect(frames.every(({ frame }) => frame.messageId === id)).toBe(true);
      expect(frames[0]?.fields).toMatchObject({ verb: "update", changes: 1 });
      expect((frames[1]?.frame.flags ?? 0) & (FLAGS.FIRST | FLAGS.LAST)).toBe(FLAGS.FIRST | FLAGS.LAST);
      wire.end();
    });

    it("does what was sent ahead one after the other; an error does not stop those behind", async () => {
      const wire = await session(transport);
      const ids = [
        wire.send("CALL_PROCEDURE", { name: "twice" }, [{ name: "$1", value: 2 }]),
        wire.send("EXECUTE_SQL", { text: "SELECT nonsense FROM nowhere" }),
        wire.send("CALL_PROCEDURE", { name: "twice" }, [{ name: "$a", value: 3 }]),
        wire.send("PREPARE", { text: "SELECT name FROM t WHERE id = ?" }),
        wire.send("PING", {}),
      ];
      const answers = [
        await answer(wire),
        await answer(wire),
        await answer(wire),
        await answer(wire),
        await answer(wire),
      ];
      expect(answers.map((frames) => frames[0]?.frame.messageId)).toEqual(ids);
      expect(answers.map((frames) => names(frames).at(-1))).toEqual(["VALUE", "ERROR", "VALUE", "PREPARED", "PONG"]);
      const values = [answers[0], answers[2]]
        .map((frames) => frames?.at(-1))
        .map((received) => decodeValue(received?.frame.payload ?? new Uint8Array()).value);
      expect(values).toEqual([4, 6]);
      wire.end();
    });

    it("says with the end of each answer what the session holds", async () => {
      const wire = await session(transport);
      const flagsAfter = async (text: string): Promise<number> => {
        wire.send("EXECUTE_SQL", { text });
        return (await answer(wire)).at(-1)?.frame.flags ?? 0;
      };
      expect(await flagsAfter("SELECT 1")).toBe(FLAGS.FIRST | FLAGS.LAST | FLAGS.END);
      expect((await flagsAfter("BEGIN")) & FLAGS.IN_TRANSACTION).toBe(FLAGS.IN_TRANSACTION);
      expect((await flagsAfter("ROLLBACK")) & FLAGS.IN_TRANSACTION).toBe(0);
      expect((await flagsAfter("let kept = 5")) & FLAGS.STATE).toBe(FLAGS.STATE);
      wire.end();
    });

    it("moves the epoch of the catalog when the catalog has changed, for who asks next", async () => {
      const wire = await session(transport);
      const epochAfter = async (text: string): Promise<number> => {
        wire.send("EXECUTE_SQL", { text });
        await answer(wire);
        wire.send("EXECUTE_SQL", { text: "SELECT 1" });
        return (await answer(wire)).at(-1)?.frame.catalogEpoch ?? 0;
      };
      const before = await epochAfter("SELECT 1");
      expect(before).toBeGreaterThan(0);
      expect(await epochAfter("INSERT INTO t VALUES (3, 'c')")).toBe(before);
      expect(await epochAfter("CREATE TABLE epoch_moves (a int)")).not.toBe(before);
      await epochAfter("DROP TABLE epoch_moves");
      wire.end();
    });

    it("takes CANCEL on a connection of its own, with the right secret", async () => {
      const wire = await transport.open();
      const { sessionId, secret } = await wire.connect(transport.credentials());
      const other = await transport.open();
      const good = other.send("CANCEL", { session_id: sessionId, secret });
      expect(await other.next()).toMatchObject({ name: "DONE", frame: { messageId: good } });
      other.send("CANCEL", { session_id: sessionId, secret: new Uint8Array(16) });
      expect(await other.next()).toMatchObject({ name: "ERROR", fields: { code: "NoSuchSession" } });
      wire.end();
      other.end();
    });
  });

  describe("frames that are not as they should be", () => {
    it("are answered with ProtocolError when only the payload is wrong, and the session lives on (GR-28)", async () => {
      const wire = await session(transport);
      const bad = Buffer.from(encodeMessage("EXECUTE_SQL", { messageId: 50, sessionId: 0 }, { text: "SELECT 1" }));
      bad.fill(0xee, FRAME_HEADER_BYTES);
      wire.sendBytes(bad);
      expect((await answer(wire))[0]).toMatchObject({
        name: "ERROR",
        frame: { messageId: 50 },
        fields: { code: "ProtocolError" },
      });
      wire.sendBytes(encodeMessage("PONG", { messageId: 51, sessionId: 0 }, {}));
      expect((await answer(wire))[0]).toMatchObject({ name: "ERROR", fields: { code: "ProtocolError" } });
      wire.send("EXECUTE_SQL", { text: "SELECT 1" });
      expect(names(await answer(wire))).toEqual(["ROWS"]);
      wire.end();
    });

    it.each([
      ["no magic", (header: Buffer) => header.write("HTTP", 0, "latin1")],
      ["another version", (header: Buffer) => header.writeUInt8(9, 4)],
      ["too large a payload", (header: Buffer) => header.writeUInt32LE(PAYLOAD_BYTES_MAX + 1, 24)],
    ])("end the connection with GOODBYE protocol_error: %s (GR-28)", async (_, spoil) => {
      for (const wire of [await session(transport), await transport.open()]) {
        const bad = Buffer.from(encodeMessage("PING", { messageId: 9, sessionId: 0 }, {}));
        spoil(bad);
        wire.sendBytes(bad);
        expect(await wire.next()).toMatchObject({ name: "GOODBYE", fields: { code: "protocol_error" } });
        await wire.whenClosed();
      }
    });
  });

  describe("rows", () => {
    it("come with names, types and nullability", async () => {
      const wire = await session(transport);
      wire.send("EXECUTE_SQL", { text: "SELECT id, name FROM t WHERE id < 0" });
      const [rows] = await answer(wire);
      const decoder = new RowsDecoder();
      expect(decoder.push(rows?.frame.payload ?? new Uint8Array())).toBeUndefined();
      expect(decoder.columns).toEqual([
        { name: "id", type: "int", nullable: false },
        { name: "name", type: "string", nullable: true },
      ]);
      wire.end();
    });
  });
});

describe.skipIf(!hasPython)("the Python client on a daemon", () => {
  async function python(text: string): Promise<string> {
    const child = spawn("python3", ["-B", PYTHON_CLIENT, daemon.place.socket, text]);
    let out = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
    child.stderr.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
    await new Promise((resolve) => child.on("close", resolve));
    return out;
  }

  it("asks and is answered", async () => {
    expect(await python("print twice(21)")).toContain("'text': '42'");
    expect(await python("SELECT id FROM t")).toMatch(/bytes of Arrow|'id': 1/u);
    expect(await python("SELECT 1 +")).toContain("error {'code':");
  });
});
