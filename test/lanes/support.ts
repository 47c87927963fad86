// A lane as the Lead starts it, and clients that talk to it over a Unix socket, for tests.
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { required } from "../../base/failure.ts";
import type { Value } from "../../base/value/value.ts";
import { FLAGS, type Frame, type Id, messageName } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import {
  type Argument,
  type DecodedMessage,
  decodeMessage,
  decodeValue,
  encodeMessage,
} from "../../protocol/message-codec.ts";
import type { MessageName } from "../../protocol/messages.ts";
import { RowsDecoder } from "../../protocol/rows-decode.ts";
import { cell } from "../../base/value/column.ts";
import { makeControlFile } from "../../server/lanes/control-file.ts";
import type { FromLane, LaneOpening, SessionHandover, ToLane } from "../../server/lanes/types.ts";
import { OWNER } from "../../server/security/types.ts";
import { childEntry } from "../../server/processes/child-entry.ts";
import { openSession } from "../../server/session.ts";
import { sqliteEngine } from "../../storage/sqlite/engine.ts";

type FieldsOf<Name extends MessageName> = DecodedMessage<Name>["fields"];

/** One frame of an answer, read. */
export type Piece =
  | { readonly kind: "rows"; readonly columns: readonly string[]; readonly rows: readonly (readonly Value[])[] }
  | { readonly kind: "value"; readonly value: Value; readonly type: string }
  | { readonly kind: "message"; readonly name: MessageName; readonly fields: Readonly<Record<string, unknown>> };

/** An answer, whole. `flags` are those of its last frame. */
export interface WholeAnswer {
  readonly pieces: readonly Piece[];
  readonly flags: number;
  readonly epoch: number;
}

/** A client of a lane. */
export interface TestClient {
  readonly socket: Socket;
  readonly sessionId: bigint;
  readonly secret: Uint8Array;
  /** Sends a message; gives its id. */
  send<Name extends MessageName>(name: Name, fields: FieldsOf<Name>, args?: readonly Argument[]): Id;
  /** The bytes of a frame with this message id. */
  frame<Name extends MessageName>(name: Name, fields: FieldsOf<Name>, messageId: Id): Uint8Array;
  /** Frames of one message id until END. */
  answer(messageId: Id): Promise<WholeAnswer>;
  ask<Name extends MessageName>(name: Name, fields: FieldsOf<Name>, args?: readonly Argument[]): Promise<WholeAnswer>;
  /** Runs a text: one line per piece. */
  run(text: string, ...values: readonly Value[]): Promise<readonly string[]>;
  /** Frames as they come. */
  readonly frames: Frame[];
  /** Resolves when the condition holds; looked at with each frame, and at the end of the connection. */
  until(condition: () => boolean): Promise<void>;
  readonly ended: boolean;
}

/** A lane with its Lead played by the test. */
export interface TestLane {
  readonly folder: string;
  readonly database: string;
  readonly child: ChildProcess;
  readonly messages: FromLane[];
  readonly control: ReturnType<typeof makeControlFile>;
  send(message: ToLane, socket?: Socket): void;
  client(options?: Partial<SessionHandover>): Promise<TestClient>;
  /** Resolves with the first message from the lane for which the condition holds. */
  heard<Kind extends FromLane["kind"]>(
    kind: Kind,
    condition?: (message: Extract<FromLane, { kind: Kind }>) => boolean,
  ): Promise<Extract<FromLane, { kind: Kind }>>;
  stop(): Promise<void>;
}

/** Makes a database with a script. */
export function makeDatabase(file: string, script: string): void {
  const session = openSession({
    engine: sqliteEngine,
    database: file,
    output: { print: () => undefined, log: () => undefined, notice: () => undefined },
  });
  const outcome = session.executeStatement(`PRAGMA journal_mode = WAL;\n${script}`);
  session.close();
  if (outcome.kind !== "completed") throw new TypeError(JSON.stringify(outcome));
}

/** Positional arguments. */
export function positional(values: readonly Value[]): readonly Argument[] {
  return values.map((value, index) => ({ name: `$${index + 1}`, value }));
}

function printable(value: Value): string {
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

/** A piece as a line. */
export function lineOf(piece: Piece): string {
  switch (piece.kind) {
    case "rows":
      return `${piece.columns.join(",")}: ${piece.rows.map((row) => row.map(printable).join(",")).join(" ")}`.trim();
    case "value":
      return `${printable(piece.value)} ${piece.type}`;
    case "message": {
      const { fields, name } = piece;
      if (name === "ERROR") return `ERROR ${String(fields["code"])}: ${String(fields["message"])}`;
      if (name === "NOTICE") return `${String(fields["kind"])}: ${String(fields["text"])}`;
      const said =
        fields["text"] ??
        (fields["verb"] === undefined ? "" : `${String(fields["verb"])} ${String(fields["changes"])}`);
      return `${name} ${String(said)}`.trim();
    }
  }
}

/** Joins the frames of one answer. */
export function readAnswer(frames: readonly Frame[]): WholeAnswer {
  const pieces: Piece[] = [];
  let decoder: RowsDecoder | undefined;
  let rows: (readonly Value[])[] = [];
  for (const frame of frames) {
    const name = required(messageName(frame.code), "a known message");
    if (name === "ROWS") {
      decoder ??= new RowsDecoder();
      const table = decoder.push(frame.payload);
      for (let row = 0; row < (table?.length ?? 0); row += 1)
        rows.push((table?.columns ?? []).map((column) => cell(column, row)));
      if ((frame.flags & FLAGS.LAST) === 0) continue;
      pieces.push({ kind: "rows", columns: decoder.columns.map((column) => column.name), rows });
      decoder = undefined;
      rows = [];
    } else if (name === "VALUE") {
      const { value, type } = decodeValue(frame.payload);
      pieces.push({ kind: "value", value, type });
    } else pieces.push({ kind: "message", name, fields: decodeMessage(name, frame.payload).fields });
  }
  const last = required(frames.at(-1), "the last frame of an answer");
  return { pieces, flags: last.flags, epoch: last.catalogEpoch };
}

class Client implements TestClient {
  readonly frames: Frame[] = [];
  readonly socket: Socket;
  sessionId = 0n;
  secret = new Uint8Array(0);
  ended = false;
  #next = 1;
  #waiting: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    const reader = new FrameReader();
    socket.on("data", (chunk) => {
      this.frames.push(...reader.push(chunk));
      this.#look();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.ended = true;
      this.#look();
    });
  }

  #look(): void {
    for (const look of this.#waiting.splice(0)) look();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
  }

  send<Name extends MessageName>(name: Name, fields: FieldsOf<Name>, args: readonly Argument[] = []): Id {
    const messageId = this.#next;
    this.#next += 1;
    this.socket.write(encodeMessage(name, { messageId, sessionId: Number(this.sessionId) }, fields, args));
    return messageId;
  }

  frame<Name extends MessageName>(name: Name, fields: FieldsOf<Name>, messageId: Id): Uint8Array {
    return encodeMessage(name, { messageId, sessionId: Number(this.sessionId) }, fields);
  }

  async greeted(): Promise<void> {
    await this.until(() => this.frames.length > 0 || this.ended);
    const [ready] = this.frames.splice(0);
    const { session_id, secret } = decodeMessage("READY", required(ready, "READY").payload).fields;
    this.sessionId = BigInt(session_id);
    this.secret = secret as Uint8Array<ArrayBuffer>;
  }

  async answer(messageId: Id): Promise<WholeAnswer> {
    const own = (): Frame[] => this.frames.filter((frame) => frame.messageId === messageId);
    await this.until(() => this.ended || own().some((frame) => (frame.flags & FLAGS.END) !== 0));
    return readAnswer(own());
  }

  ask<Name extends MessageName>(
    name: Name,
    fields: FieldsOf<Name>,
    args: readonly Argument[] = [],
  ): Promise<WholeAnswer> {
    return this.answer(this.send(name, fields, args));
  }

  async run(text: string, ...values: readonly Value[]): Promise<readonly string[]> {
    return (await this.ask("EXECUTE_SQL", { text }, positional(values))).pieces.map(lineOf);
  }
}

/** Starts a lane on a database made by the script. */
export async function startLane(script: string, options: Partial<LaneOpening> = {}): Promise<TestLane> {
  const folder = mkdtempSync(join(tmpdir(), "gobi-lane-"));
  const database = options.database ?? join(folder, "main.gobi");
  if (options.database === undefined) makeDatabase(database, script);
  const controlFile = join(folder, `control-${process.pid}`);
  const control = makeControlFile(controlFile);
  const { file, execArgv, cwd } = childEntry("lane");
  const child = fork(file, [], {
    execArgv: [...execArgv],
    serialization: "advanced",
    ...(cwd === undefined ? {} : { cwd }),
  });
  const messages: FromLane[] = [];
  const waiting: (() => void)[] = [];
  child.on("message", (message: FromLane, handle: unknown) => {
    messages.push(message);
    if (handle !== undefined && message.kind === "sessionBack")
      handles.set(message.session.sessionId, handle as Socket);
    for (const look of waiting.splice(0)) look();
  });
  const handles = new Map<bigint, Socket>();
  const exited = new Promise<void>((resolve) => void child.once("exit", () => resolve()));
  const path = join(folder, "socket");
  const arrived: Socket[] = [];
  const wanted: ((socket: Socket) => void)[] = [];
  const server: Server = createServer({ pauseOnConnect: true }, (socket) => {
    const take = wanted.shift();
    if (take === undefined) arrived.push(socket);
    else take(socket);
  });
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  let nextSession = 1n;
  const lane: TestLane = {
    folder,
    database,
    child,
    messages,
    control,
    send: (message, socket) => void child.send(message, socket),
    client: async (given = {}) => {
      const socket = connect(path);
      const client = new Client(socket);
      // Of several connections that come at once, each learns from its greeting which session it has.
      const waits = (resolve: (socket: Socket) => void): void => void wanted.push(resolve);
      const accepted = arrived.shift() ?? (await new Promise<Socket>(waits));
      const session: SessionHandover = {
        sessionId: nextSession,
        secret: new Uint8Array(16).fill(Number(nextSession)),
        principal: OWNER,
        clientName: "test",
        transport: "unix",
        protocolVersion: 1,
        compression: undefined,
        pending: new Uint8Array(0),
        greet: true,
        messageId: 0n,
        ...given,
      };
      nextSession += 1n;
      client.sessionId = session.sessionId;
      client.secret = session.secret as Uint8Array<ArrayBuffer>;
      child.send({ kind: "session", session } satisfies ToLane, accepted);
      if (session.greet) await client.greeted();
      return client;
    },
    heard: async (kind, condition = () => true) => {
      type Wanted = Extract<FromLane, { kind: typeof kind }>;
      for (;;) {
        const found = messages.find((message) => message.kind === kind && condition(message as Wanted));
        if (found !== undefined) return found as Wanted;
        await new Promise<void>((resolve) => void waiting.push(resolve));
      }
    },
    stop: async () => {
      server.close();
      child.kill("SIGKILL");
      await exited;
      control.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  lane.send({
    kind: "open",
    opening: {
      label: "DQM-test-01-MEDIUM",
      tags: ["medium"],
      database,
      directory: folder,
      controlFile,
      limits: {},
      deadlineMaxMs: undefined,
      busyTimeoutMs: 5000,
      mmapBytes: undefined,
      idleTimeoutMs: 0,
      ...options,
    },
  });
  await Promise.race([lane.heard("opened"), exited]);
  return lane;
}
