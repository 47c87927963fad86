// A connection before it has a session: frames are read up to CONNECT, PING and CANCEL are answered, everything else ends it with a reason.
// A client sends nothing between CONNECT and READY; what comes nevertheless goes to the lane with the socket, in order.
import type { Duplex } from "node:stream";
import { encodeFrame, type Frame, frameMessage, type Id } from "../../../protocol/frame.ts";
import { FrameReader } from "../../../protocol/frame-reader.ts";
import { decodeMessage, encodeMessage, type MessageFields } from "../../../protocol/message-codec.ts";
import { WireFault } from "../../../protocol/wire-fault.ts";

/** A connection that came in. */
export interface Arrival {
  readonly connection: Duplex;
  readonly transport: "unix" | "tcp";
  /** Address of the other end; empty for the Unix socket. */
  readonly peer: string;
  /** True when TLS ends in this process, so that the connection itself cannot be given away. */
  readonly tls: boolean;
}

/** Who asks for a session. */
export interface Newcomer extends Arrival {
  readonly fields: MessageFields<"CONNECT">;
  readonly messageId: Id;
  /** What came behind CONNECT. */
  readonly pending: Uint8Array;
}

/** What a greeting needs. */
export interface GreetingPorts {
  readonly timeoutMs: number;
  /** CONNECT has come; the connection is the callee's, who must stop its reading in the same turn. */
  readonly onConnect: (newcomer: Newcomer) => void;
  /** @returns a sentence when nothing is cancelled. */
  readonly onCancel: (fields: MessageFields<"CANCEL">) => string | undefined;
  /** Something of ours failed at a frame. */
  readonly onFailure: (error: unknown) => void;
  /** The connection is over, or has become a newcomer. */
  readonly onEnd: (reason: "connected" | "closed" | "refused") => void;
}

/** Why a connection is told to go. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly help?: string | undefined;
  readonly retryable?: boolean;
}

/** Codes of GOODBYE. */
type GoodbyeCode = "shutting_down" | "idle" | "killed" | "protocol_error" | "lane_lost" | "too_many";

/** CONNECT with a long token fits; nothing larger is needed before a session. */
const PAYLOAD_BYTES_MAX = 64 * 1024;
/** How long a refused client may take to read why. */
const LINGER_MS = 1000;
const NO_SESSION = 0;

/** Talks to a new connection until it has said CONNECT or is closed. */
export function greet(arrival: Arrival, ports: GreetingPorts): void {
  const { connection } = arrival;
  const reader = new FrameReader(PAYLOAD_BYTES_MAX);
  const timer = setTimeout(() => {
    leave("refused");
    sayGoodbye(connection, 0, "idle", `No CONNECT came within ${String(ports.timeoutMs / 1000)} s.`);
  }, ports.timeoutMs);
  const leave = (reason: "connected" | "closed" | "refused"): void => {
    clearTimeout(timer);
    connection.off("data", onData);
    connection.off("close", onClose);
    ports.onEnd(reason);
  };
  const onClose = (): void => leave("closed");
  const onData = (chunk: Buffer): void => {
    const frames = reader.push(chunk);
    for (const [place, frame] of frames.entries()) {
      const step = answer(connection, frame, ports);
      if (step === "next") continue;
      leave(step === "connect" ? "connected" : "refused");
      if (step !== "connect") return;
      const behind = frames.slice(place + 1).map(bytesOf);
      const pending = Buffer.concat([...behind, reader.rest()]);
      const { fields } = decodeMessage("CONNECT", frame.payload);
      return ports.onConnect({ ...arrival, fields, messageId: frame.messageId, pending });
    }
    if (reader.fault === undefined) return;
    leave("refused");
    sayGoodbye(connection, 0, "protocol_error", reader.fault.message);
  };
  // What goes wrong with a connection closes it; "close" says so.
  connection.on("error", () => undefined);
  connection.on("close", onClose);
  connection.on("data", onData);
}

/** The frame as it came: what stands behind CONNECT is the lane's to read. */
function bytesOf(frame: Frame): Uint8Array {
  return encodeFrame(frame.code, frame, frame.payload);
}

/** Answers one frame: go on, hand the connection over, or it is over. */
function answer(connection: Duplex, frame: Frame, ports: GreetingPorts): "next" | "connect" | "over" {
  try {
    switch (frameMessage(frame, "client")) {
      case "PING":
        connection.write(encodeMessage("PONG", { messageId: frame.messageId, sessionId: NO_SESSION }, {}));
        return "next";
      case "CANCEL": {
        const missing = ports.onCancel(decodeMessage("CANCEL", frame.payload).fields);
        connection.write(
          missing === undefined
            ? encodeMessage("DONE", { messageId: frame.messageId, sessionId: NO_SESSION }, {})
            : errorFrame(frame.messageId, { code: "NoSuchSession", message: missing }),
        );
        return "next";
      }
      case "CONNECT":
        decodeMessage("CONNECT", frame.payload);
        return "connect";
      case "DISCONNECT":
        connection.end();
        return "over";
      default:
        refuse(connection, frame.messageId, {
          code: "NotConnected",
          message: "The first message of a connection is CONNECT.",
        });
        return "over";
    }
  } catch (error) {
    // A bug of ours in reading must not end the daemon: whoever sends such a frame is refused, and the log says why.
    if (!(error instanceof WireFault)) ports.onFailure(error);
    const message =
      error instanceof WireFault ? error.message : "The message cannot be read; the daemon's log says why.";
    refuse(connection, frame.messageId, { code: "ProtocolError", message });
    return "over";
  }
}

/** Answers a message with an error and closes the connection. */
export function refuse(connection: Duplex, messageId: Id, refusal: Refusal): void {
  linger(connection, [errorFrame(messageId, refusal), goodbyeFrame("protocol_error", refusal.message)]);
}

/** Says why the connection ends, and ends it. */
export function sayGoodbye(connection: Duplex, messageId: Id, code: GoodbyeCode, message: string): void {
  linger(connection, [
    ...(messageId === 0 ? [] : [errorFrame(messageId, { code: "ServiceUnavailable", message, retryable: true })]),
    goodbyeFrame(code, message),
  ]);
}

function errorFrame(messageId: Id, refusal: Refusal): Uint8Array {
  const { code, message, help, retryable } = refusal;
  return encodeMessage(
    "ERROR",
    { messageId, sessionId: NO_SESSION },
    { code, message, ...(help === undefined ? {} : { help }), retryable: retryable ?? false },
  );
}

function goodbyeFrame(code: GoodbyeCode, message: string): Uint8Array {
  return encodeMessage("GOODBYE", { messageId: NO_SESSION, sessionId: NO_SESSION }, { code, message });
}

/**
 * Writes the last bytes and closes when the other end has, or soon. Closed at once, bytes of the client that nobody has read
 * would make the system throw away what it has not read yet.
 */
function linger(connection: Duplex, last: readonly Uint8Array[]): void {
  if (connection.destroyed) return;
  const timer = setTimeout(() => connection.destroy(), LINGER_MS);
  connection.on("error", () => undefined);
  connection.on("close", () => clearTimeout(timer));
  connection.on("end", () => connection.destroy());
  connection.end(Buffer.concat(last));
  connection.resume();
}
