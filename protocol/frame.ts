// The header that stands before every payload: 32 bytes, little-endian. Nothing here looks into payloads.
//   0 magic "GOBI" · 4 version u8 · 5 code u8 · 6 flags u16 · 8 message id u64 · 16 session id u64 · 24 payload bytes u32 · 28 catalog epoch u32
import { LIMITS } from "../base/limits.ts";
import { MESSAGES, type MessageName } from "./messages.ts";
import { WireFault } from "./wire-fault.ts";

/** Version of the protocol that is spoken here; also the version byte of every frame. */
export const PROTOCOL_VERSION = 1;
/** Bytes of a header. A multiple of 8, as all payloads are, so that buffers in a payload stay aligned. */
export const FRAME_HEADER_BYTES = 32;

/** Bits of the header's flags. */
export const FLAGS = {
  /** The first frame of a result. */
  FIRST: 1,
  /** The last frame of a result. */
  LAST: 2,
  /** The last frame of the answer: no DONE follows. */
  END: 4,
  /** Buffers of the record batches inside are compressed. */
  COMPRESSED: 8,
  /** With END: the session holds variables, temporary tables or the like. Prepared statements do not count. */
  STATE: 16,
  /** With END: a transaction is open that BEGIN has begun. */
  IN_TRANSACTION: 32,
} as const satisfies Readonly<Record<string, number>>;

const KNOWN_FLAGS = Object.values(FLAGS).reduce<number>((all, flag) => all | flag, 0);

/** An unsigned 64-bit id: a number while safe, else a bigint. Never the other way round. */
export type Id = number | bigint;

/** What the sender says about a frame besides its message. */
export interface FrameOptions {
  readonly messageId: Id;
  readonly sessionId: Id;
  readonly flags?: number;
  /** Of the server's frames; clients leave it out. */
  readonly catalogEpoch?: number;
}

/** One frame as it arrived. */
export interface Frame {
  /** Code of the message; `messageName` knows its name. */
  readonly code: number;
  readonly flags: number;
  readonly messageId: Id;
  readonly sessionId: Id;
  readonly catalogEpoch: number;
  readonly payload: Uint8Array;
}

const NAMES: readonly (MessageName | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  (Object.keys(MESSAGES) as MessageName[]).find((name) => MESSAGES[name].code === code),
);

/** Name of the message with this code, or undefined when there is none. */
export function messageName(code: number): MessageName | undefined {
  return NAMES[code];
}

const MAGIC = 0x4942_4f47;
const TWO_32 = 4_294_967_296;

/** Writes a header. */
export function writeHeader(
  view: DataView,
  at: number,
  code: number,
  payloadBytes: number,
  options: FrameOptions,
): void {
  view.setUint32(at, MAGIC, true);
  view.setUint32(at + 4, PROTOCOL_VERSION | (code << 8) | ((options.flags ?? 0) << 16), true);
  writeId(view, at + 8, options.messageId);
  writeId(view, at + 16, options.sessionId);
  view.setUint32(at + 24, payloadBytes, true);
  view.setUint32(at + 28, options.catalogEpoch ?? 0, true);
}

function writeId(view: DataView, at: number, id: Id): void {
  if (typeof id === "bigint") return view.setBigUint64(at, id, true);
  view.setUint32(at, id % TWO_32, true);
  view.setUint32(at + 4, id / TWO_32, true);
}

function readId(view: DataView, at: number): Id {
  const high = view.getUint32(at + 4, true);
  return high < 0x20_0000 ? high * TWO_32 + view.getUint32(at, true) : view.getBigUint64(at, true);
}

/** A payload that is already there as a frame: header and payload in one buffer. */
export function encodeFrame(code: number, options: FrameOptions, payload: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payload.length);
  writeHeader(new DataView(bytes.buffer, bytes.byteOffset), 0, code, payload.length, options);
  bytes.set(payload, FRAME_HEADER_BYTES);
  return bytes;
}

/** Bytes of the payload that the header at `at` announces, or what is wrong with the header. The view must hold all of the header. */
export function headerPayload(view: DataView, at: number, payloadBytesMax: number): number | WireFault {
  if (view.getUint32(at, true) !== MAGIC)
    return new WireFault("magic", "The bytes are not a frame of gobi's protocol.");
  const version = view.getUint8(at + 4);
  if (version !== PROTOCOL_VERSION)
    return new WireFault("version", `The frame has version ${version}; version ${PROTOCOL_VERSION} is spoken here.`);
  const payloadBytes = view.getUint32(at + 24, true);
  if (payloadBytes > payloadBytesMax)
    return new WireFault("oversize", `The payload has ${payloadBytes} bytes; at most ${payloadBytesMax} are taken.`);
  return payloadBytes;
}

/** The frame whose header stands at `at`; its payload was cut out already. */
export function frameAt(view: DataView, at: number, payload: Uint8Array): Frame {
  return {
    code: view.getUint8(at + 5),
    flags: view.getUint16(at + 6, true),
    messageId: readId(view, at + 8),
    sessionId: readId(view, at + 16),
    catalogEpoch: view.getUint32(at + 28, true),
    payload,
  };
}

/**
 * The message of a frame that came from `from`.
 * @throws WireFault `message`: an unknown code or flag, or a message of the other side.
 */
export function frameMessage(frame: Frame, from: "client" | "server"): MessageName {
  const name = messageName(frame.code);
  if (name === undefined) throw new WireFault("message", `There is no message with code ${frame.code}.`);
  if (MESSAGES[name].from !== from) throw new WireFault("message", `${name} does not come from a ${from}.`);
  if ((frame.flags & ~KNOWN_FLAGS) !== 0) throw new WireFault("message", `The flags of ${name} are not known.`);
  return name;
}

/** The bound of payloads where no smaller one is set. */
export const PAYLOAD_BYTES_MAX = LIMITS.framePayloadBytesMax.value;
