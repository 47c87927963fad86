// The Python client of the examples, which has the specification of docs/protocol.md as its only source, against our side of the wire.
// The answers come from here, so that nothing but the protocol is tested.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FLAGS, type Frame, frameMessage, type Id } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { type DecodedMessage, decodeMessage, encodeMessage, encodeValue } from "../../protocol/message-codec.ts";
import type { MessageName } from "../../protocol/messages.ts";
import { RowsEncoder } from "../../protocol/rows-encode.ts";

const EXAMPLE = join(import.meta.dirname, "../../examples/python-client");
const SESSION = 2n ** 64n - 2n;
const hasPython = spawnSync("python3", ["--version"]).status === 0;
const hasPyarrow = spawnSync("python3", ["-c", "import pyarrow"]).status === 0;

interface Heard {
  readonly name: MessageName;
  readonly frame: Frame;
  readonly message: DecodedMessage<MessageName>;
}

let server: Server;
let folder = "";
const heard: Heard[] = [];

/** What the stand-in for the daemon says to a text. */
function answers(text: string, messageId: Id): readonly Uint8Array[] {
  const options = { messageId, sessionId: SESSION, catalogEpoch: 5 };
  const end = { ...options, flags: FLAGS.END };
  if (text.startsWith("RAISE"))
    return [encodeMessage("ERROR", end, { code: "Oops", message: "It went wrong – sehr.", retryable: true })];
  if (text.startsWith("CALL"))
    return [encodeMessage("NOTICE", options, { kind: "print", text: "hello" }), encodeValue(end, 42, "int")];
  const encoder = new RowsEncoder({
    columns: [
      { name: "n", type: "int" },
      { name: "t", type: "string?" },
    ],
    frameBytes: 16,
  });
  const columns = [
    { kind: "ints", type: "int", data: Float64Array.of(1, 2), nulls: undefined },
    { kind: "values", type: "string", data: ["ä", null], nulls: Uint8Array.of(0, 1) },
  ] as const;
  return [
    ...encoder.batch({ columns, length: 2 }, { last: true }, { ...options, flags: 0 }),
    encodeMessage("DONE", options, { verb: "insert", changes: 3 }),
  ];
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gobi-wire-"));
  server = createServer((socket) => {
    const reader = new FrameReader();
    socket.on("data", (chunk: Buffer) => {
      for (const frame of reader.push(chunk)) {
        const name = frameMessage(frame, "client");
        const message = decodeMessage(name, frame.payload);
        heard.push({ name, frame, message });
        const { messageId } = frame;
        if (name === "CONNECT")
          socket.write(
            encodeMessage(
              "READY",
              { messageId, sessionId: SESSION },
              {
                protocol_version: 1,
                session_id: SESSION,
                secret: new Uint8Array(16),
                server_version: "test",
                lane: "medium",
                user: "owner",
              },
            ),
          );
        if (name === "EXECUTE_SQL")
          for (const bytes of answers((message as DecodedMessage<"EXECUTE_SQL">).fields.text, messageId))
            socket.write(bytes);
      }
    });
  });
  writeFileSync(join(folder, "socket.key"), "of the test\n");
  await new Promise<void>((resolve) => server.listen(join(folder, "socket"), resolve));
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

async function python(text: string): Promise<string> {
  heard.length = 0;
  const child = spawn("python3", ["-B", join(EXAMPLE, "gobi_client.py"), join(folder, "socket"), text]);
  let out = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
  await new Promise((resolve) => child.on("close", resolve));
  return out.trim();
}

describe.skipIf(!hasPython)("the Python client", () => {
  it("greets, asks and takes its leave with frames that are read here", async () => {
    expect(await python("CALL answer() -- größe")).toContain("notice {'kind': 'print', 'text': 'hello'}");
    expect(heard.map(({ name }) => name)).toEqual(["CONNECT", "EXECUTE_SQL", "DISCONNECT"]);
    expect(heard[0]?.message.fields).toEqual({ protocol_version: 1, client_name: "python", socket_key: "of the test" });
    expect(heard[1]?.message.fields).toEqual({ text: "CALL answer() -- größe" });
    expect(heard.map(({ frame }) => frame.messageId)).toEqual([1, 2, 3]);
    expect(heard.map(({ frame }) => frame.sessionId)).toEqual([0, SESSION, SESSION]);
  });

  it("reads errors of the daemon", async () => {
    expect(await python("RAISE")).toBe("error {'code': 'Oops', 'message': 'It went wrong – sehr.', 'retryable': True}");
  });

  it("collects the frames of a result up to its end", async () => {
    const [rows, done] = (await python("SELECT")).split("\n");
    const collected = hasPyarrow
      ? "[{'n': 1, 't': 'ä'}, {'n': 2, 't': None}]"
      : expect.stringMatching(/^\d+ bytes of Arrow$/u);
    expect(rows).toEqual(collected);
    expect(done).toBe("done {'verb': 'insert', 'changes': 3}");
  });
});
