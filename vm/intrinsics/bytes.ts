// Implementations of the intrinsics on bytes, hashes and identifiers (bytecode/intrinsics/bytes.ts).
import {
  decodeBase64,
  decodeHex,
  decodeUtf8,
  encodeBase64,
  encodeHex,
  encodeUtf8,
} from "../../base/value/bytes-text.ts";
import { LIMITS } from "../../base/limits.ts";
import { clipBounds } from "../../base/value/code-points.ts";
import { printValue } from "../../base/value/print.ts";
import type { Value } from "../../base/value/value.ts";
import type { BYTES_INTRINSICS } from "../../bytecode/intrinsics/bytes.ts";
import { trap } from "../../bytecode/trap.ts";
import type { IntrinsicContext, IntrinsicFunction } from "../intrinsic-context.ts";
import {
  bytesAt,
  chargeText,
  countAt,
  madeText,
  optionalCount,
  outOfRange,
  textAt,
  valueAt,
  workOf,
} from "./arguments.ts";
import { crc32, sha256Hex } from "./sha256.ts";

/** Implementations by key. */
export const BYTES_FUNCTIONS: Readonly<Record<keyof typeof BYTES_INTRINSICS, IntrinsicFunction>> = {
  len_bytes: (_context, args) => bytesAt(args, 0).length,
  encode: (context, args) => {
    const bytes = bytesAt(args, 0);
    const form = textAt(args, 1).toLowerCase();
    chargeText(context, bytes.length * 2);
    const encoder = ENCODERS.get(form);
    if (encoder === undefined) throw unknownForm(form);
    const text = encoder(bytes);
    if (text === undefined) throw trap("InvalidCast", "The bytes are not UTF-8 text.", bytes);
    return text;
  },
  decode: (context, args) => {
    const text = textAt(args, 0);
    const form = textAt(args, 1).toLowerCase();
    const decoder = DECODERS.get(form);
    if (decoder === undefined) throw unknownForm(form);
    return decoded(context, text, form, decoder);
  },
  hex: (context, args) => onBytes(context, args, (bytes) => madeText(context, encodeHex(bytes).toUpperCase())),
  unhex: (context, args) => {
    chargeText(context, textAt(args, 0).length);
    return decodeHex(textAt(args, 0)) ?? null;
  },
  to_base64: (context, args) => onBytes(context, args, (bytes) => madeText(context, encodeBase64(bytes))),
  from_base64: (context, args) => decoded(context, textAt(args, 0), "base64", decodeBase64),
  hash: (context, args) => onBytes(context, args, (bytes) => sha256Hex(bytes)),
  crc32: (context, args) => onBytes(context, args, (bytes) => crc32(bytes)),
  uuid: (context) => {
    const bytes = randomBytes(context, 16);
    return uuidOf(bytes, 4);
  },
  uuid_v7: (context) => {
    const bytes = randomBytes(context, 16);
    const milliseconds = Math.floor(context.nowMicros() / 1000);
    for (let i = 0; i < 6; i += 1) bytes[i] = Math.floor(milliseconds / 2 ** (8 * (5 - i))) % 256;
    return uuidOf(bytes, 7);
  },
  random_bytes: (context, args) => {
    const count = countAt(args, 0);
    if (count < 0 || count > LIMITS.stringBytesMax.value)
      throw outOfRange(`random_bytes cannot make ${count} bytes.`, count);
    chargeText(context, count);
    return randomBytes(context, count);
  },
  get_byte: (_context, args) => {
    const [bytes, index] = [bytesAt(args, 0), countAt(args, 1)];
    const byte = bytes.at(index);
    if (byte === undefined) throw outOfRange(`There are ${bytes.length} bytes, so there is none at ${index}.`, index);
    return byte;
  },
  slice_bytes: (context, args) => {
    const bytes = bytesAt(args, 0);
    const [from, to] = clipBounds(bytes.length, countAt(args, 1), optionalCount(args, 2));
    chargeText(context, to - from);
    return bytes.slice(from, to);
  },
};

const ENCODERS: ReadonlyMap<string, (bytes: Uint8Array) => string | undefined> = new Map([
  ["hex", encodeHex],
  ["base64", encodeBase64],
  ["utf8", decodeUtf8],
  ["utf-8", decodeUtf8],
]);
const DECODERS: ReadonlyMap<string, (text: string) => Uint8Array | undefined> = new Map([
  ["hex", decodeHex],
  ["base64", decodeBase64],
  ["utf8", encodeUtf8],
  ["utf-8", encodeUtf8],
]);

function unknownForm(form: string): Error {
  return outOfRange(`'${form.slice(0, 40)}' is no form of bytes as text: 'hex', 'base64', 'utf8'.`, form);
}

function decoded(
  context: IntrinsicContext,
  text: string,
  form: string,
  decoder: (text: string) => Uint8Array | undefined,
): Uint8Array {
  chargeText(context, text.length);
  const bytes = decoder(text);
  if (bytes === undefined) throw trap("InvalidCast", `The text is not ${form}.`, text);
  return bytes;
}

/** Applies a function to bytes, or to the UTF-8 bytes of a text or printed value. */
function onBytes(context: IntrinsicContext, args: readonly Value[], compute: (bytes: Uint8Array) => Value): Value {
  const value = valueAt(args, 0);
  const bytes = value instanceof Uint8Array ? value : encodeUtf8(printValue(value, workOf(context)));
  context.chargeFuel(bytes.length >> 2);
  context.checkLimits();
  return compute(bytes);
}

function randomBytes(context: IntrinsicContext, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => Math.floor(context.random() * 256));
}

/** Sets version and variant (RFC 9562) and writes the bytes with hyphens. */
function uuidOf(bytes: Uint8Array, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = encodeHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
