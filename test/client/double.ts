// A daemon's double for tests of the client: speaks the protocol over a Unix socket, answers what the test says, and fails where the test says.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Value } from "../../base/value/value.ts";
import { FLAGS, type Frame, frameMessage, type Id } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { type Argument, decodeMessage, encodeMessage, encodeValue } from "../../protocol/message-codec.ts";
import type { MessageFields } from "../../protocol/message-codec.ts";
import type { MessageName } from "../../protocol/messages.ts";

/** A request as it came to the double. */
export interface Asked {
  readonly name: MessageName;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly args: readonly Argument[];
  readonly messageId: Id;
}

/** How the double answers one request. All frames carry its ids. */
export interface Reply {
  readonly socket: Socket;
  /** Number of the connection, from 0. */
  readonly connection: number;
  send<Name extends MessageName>(name: Name, fields: MessageFields<Name>, flags?: number): void;
  value(value: Value, flags?: number): void;
  /** DONE with END. */
  done(fields?: MessageFields<"DONE">, flags?: number): void;
  /** Frames that were made elsewhere. */
  bytes(...frames: readonly Uint8Array[]): void;
  readonly options: { readonly messageId: Id; readonly sessionId: Id; readonly catalogEpoch: number };
}

/** A double at work. */
export interface Double {
  readonly path: string;
  /** Everything that was asked, CONNECT and DISCONNECT too, by connection. */
  readonly asked: { readonly connection: number; readonly asked: Asked }[];
  readonly connections: Socket[];
  /** Epoch in the headers of the frames that follow. */
  catalogEpoch: number;
  /** Stops listening and cuts all connections; `start` begins again at the same path. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** How a double behaves. */
export interface DoubleOptions {
  readonly answer: (asked: Asked, reply: Reply) => void;
  /** Instead of greeting with READY. */
  readonly greet?: (asked: Asked, reply: Reply) => void;
  /** Changes what is written, piece by piece: half frames, cuts. Default: as it is. */
  readonly write?: (socket: Socket, bytes: Uint8Array, connection: number) => void;
}

const SECRET = new Uint8Array(16).fill(7);

/** Starts one. */
export async function startDouble(options: DoubleOptions): Promise<Double> {
  const folder = mkdtempSync(join(tmpdir(), "gobi-double-"));
  const path = join(folder, "gobi.sock");
  let server: Server | undefined;
  const double: Double = {
    path,
    asked: [],
    connections: [],
    catalogEpoch: 1,
    async start() {
      server = createServer((socket) => serve(double, options, socket));
      await new Promise<void>((resolve) => server?.listen(path, resolve));
    },
    async stop() {
      for (const socket of double.connections) socket.destroy();
      const stopping = server;
      server = undefined;
      await new Promise<void>((resolve) => (stopping === undefined ? resolve() : stopping.close(() => resolve())));
    },
    async close() {
      await double.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await double.start();
  return double;
}

function serve(double: Double, options: DoubleOptions, socket: Socket): void {
  const connection = double.connections.push(socket) - 1;
  const reader = new FrameReader();
  const write = options.write ?? ((to: Socket, bytes: Uint8Array) => void to.write(bytes));
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    for (const frame of reader.push(chunk)) {
      if (socket.destroyed) return;
      const asked = askedOf(frame);
      double.asked.push({ connection, asked });
      const reply = replyTo(double, frame, { socket, connection, write });
      if (asked.name === "CONNECT") (options.greet ?? greet)(asked, reply);
      else if (asked.name === "DISCONNECT") socket.end();
      else options.answer(asked, reply);
    }
  });
}

function askedOf(frame: Frame): Asked {
  const name = frameMessage(frame, "client");
  return { name, ...decodeMessage(name, frame.payload), messageId: frame.messageId };
}

function greet(_asked: Asked, reply: Reply): void {
  reply.send("READY", {
    protocol_version: 1,
    session_id: 1000 + reply.connection,
    secret: SECRET,
    server_version: "double",
    lane: "DQM-test-01-M",
    user: "tester",
  });
}

function replyTo(
  double: Double,
  frame: Frame,
  {
    socket,
    connection,
    write,
  }: Pick<Reply, "socket" | "connection"> & { readonly write: NonNullable<DoubleOptions["write"]> },
): Reply {
  const options = {
    messageId: frame.messageId,
    sessionId: 1000 + connection,
    get catalogEpoch() {
      return double.catalogEpoch;
    },
  };
  const bytes = (...frames: readonly Uint8Array[]): void => {
    for (const part of frames) write(socket, part, connection);
  };
  const reply: Reply = {
    socket,
    connection,
    options,
    bytes,
    send: (name, fields, flags = 0) => bytes(encodeMessage(name, withFlags(options, flags), fields)),
    value: (value, flags = FLAGS.END) => bytes(encodeValue(withFlags(options, flags), value)),
    done: (fields = {}, flags = FLAGS.END) => reply.send("DONE", fields, flags),
  };
  return reply;
}

function withFlags<T extends Reply["options"]>(
  options: T,
  flags: number,
): Reply["options"] & { readonly flags: number } {
  const { messageId, sessionId, catalogEpoch } = options;
  return { messageId, sessionId, catalogEpoch, flags };
}
