// A bare client of the wire for tests: sends frames as it is told to, correct or not, and waits for what comes.
// The client for programs is protocol/client; this one has no manners.
import { connect, type Socket } from "node:net";
import { InternalError } from "../../base/failure.ts";
import { type Frame, type Id, messageName } from "../../protocol/frame.ts";
import { FrameReader } from "../../protocol/frame-reader.ts";
import { type Argument, decodeMessage, encodeMessage, type MessageFields } from "../../protocol/message-codec.ts";
import { readSocketKey } from "../../protocol/client/socket-key.ts";
import type { MessageName } from "../../protocol/messages.ts";

/** A frame with its message's name and, where the message has a control row, its fields. */
export interface Received {
  readonly name: MessageName;
  readonly frame: Frame;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A connection. */
export interface WireClient {
  readonly socket: Socket;
  /** Key of the Unix socket; undefined over TCP. */
  readonly socketKey: string | undefined;
  /** Everything that came and was not waited for. */
  readonly received: readonly Received[];
  readonly closed: boolean;
  /** Sends a message; gives its id. */
  send<Name extends MessageName>(name: Name, fields: MessageFields<Name>, args?: readonly Argument[]): number;
  sendBytes(bytes: Uint8Array): void;
  /** The next frame that has not been taken. Fails when the connection closes first. */
  next(): Promise<Received>;
  /** Takes frames until one of this name comes. */
  until(name: MessageName): Promise<Received>;
  /** Resolved when the other end has closed. */
  whenClosed(): Promise<void>;
  /** Says CONNECT, with the key of the socket, and waits for READY. */
  connect(
    fields?: Partial<MessageFields<"CONNECT">>,
  ): Promise<{ readonly sessionId: Id; readonly secret: Uint8Array; readonly lane: string }>;
  end(): void;
}

const BARE: ReadonlySet<MessageName> = new Set<MessageName>(["ROWS", "VALUE"]);

/** Opens a connection to a Unix socket, or to `host:port`. */
export async function wireClient(
  target: string | { readonly host: string; readonly port: number },
): Promise<WireClient> {
  const socket = typeof target === "string" ? connect(target) : connect(target.port, target.host);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return wireClientOn(socket, typeof target === "string" ? readSocketKey(target) : undefined);
}

/** The same on a socket that is connected, such as one of TLS. `socketKey` is shown in CONNECT. */
export function wireClientOn(socket: Socket, socketKey?: string): WireClient {
  const reader = new FrameReader();
  const received: Received[] = [];
  const waiters: (() => void)[] = [];
  let closed = false;
  let sessionId: Id = 0;
  let lastMessageId = 0;
  const wake = (): void => {
    for (const waiter of waiters.splice(0)) waiter();
  };
  socket.on("data", (chunk: Buffer) => {
    for (const frame of reader.push(chunk)) received.push(readFrame(frame));
    wake();
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    closed = true;
    wake();
  });
  const change = (): Promise<void> => new Promise((resolve) => void waiters.push(resolve));
  const client: WireClient = {
    socket,
    socketKey,
    received,
    get closed() {
      return closed;
    },
    send: (name, fields, args) => {
      lastMessageId += 1;
      socket.write(encodeMessage(name, { messageId: lastMessageId, sessionId }, fields, args));
      return lastMessageId;
    },
    sendBytes: (bytes) => void socket.write(bytes),
    next: async () => {
      for (;;) {
        const first = received.shift();
        if (first !== undefined) return first;
        if (closed) throw new InternalError("the connection was closed before the next frame");
        await change();
      }
    },
    until: async (name) => {
      for (;;) {
        const next = await client.next();
        if (next.name === name) return next;
      }
    },
    whenClosed: async () => {
      while (!closed) await change();
    },
    connect: async (fields = {}) => {
      client.send("CONNECT", { protocol_version: 1, socket_key: socketKey, ...fields });
      const answer = await client.next();
      if (answer.name !== "READY") throw new InternalError(`no session: ${JSON.stringify(answer.fields)}`);
      const ready = decodeMessage("READY", answer.frame.payload).fields;
      sessionId = ready.session_id;
      return { sessionId, secret: ready.secret, lane: ready.lane };
    },
    end: () => void socket.destroy(),
  };
  return client;
}

function readFrame(frame: Frame): Received {
  const name = messageName(frame.code);
  if (name === undefined) throw new InternalError(`a frame of an unknown code ${String(frame.code)}`);
  return { name, frame, fields: BARE.has(name) ? {} : { ...decodeMessage(name, frame.payload).fields } };
}
