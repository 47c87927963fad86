// Writing and reading bytes of encoded programs: variable-length numbers, texts, and plain data. The reader checks every size against what is left before it allocates.
import { decodeUtf8, encodeUtf8 } from "../base/value/bytes-text.ts";
import { InternalError } from "../base/failure.ts";
import { LIMITS } from "../base/limits.ts";
import { refuse } from "./refusal.ts";

/** Grows as it is written. */
export class ByteWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** A number from 0 to 2^53, seven bits a byte. */
  count(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new InternalError(`encode: ${value} is no count`);
    let rest = value;
    while (rest >= 128) {
      this.byte((rest % 128) + 128);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** A signed 32-bit number. */
  signed(value: number): void {
    this.count(((value << 1) ^ (value >> 31)) >>> 0);
  }

  float(value: number): void {
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  text(value: string): void {
    // A lone surrogate has no UTF-8; such texts are stored as their UTF-16 units.
    const isWhole = !/\p{Surrogate}/u.test(value);
    const bytes = isWhole ? encodeUtf8(value) : unitsOf(value);
    this.count(bytes.length * 2 + (isWhole ? 0 : 1));
    this.raw(bytes);
  }

  bytes(value: Uint8Array): void {
    this.count(value.length);
    this.raw(value);
  }

  bigint(value: bigint): void {
    this.text(value.toString(36));
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}

function unitsOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i += 1) view.setUint16(i * 2, text.charCodeAt(i), true);
  return bytes;
}

function textOfUnits(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let i = 0; i + 1 < bytes.length; i += 2) text += String.fromCharCode(view.getUint16(i, true));
  return text;
}

/** Reads one section. Every method ends with a Refusal when the bytes do not hold what they should. */
export class ByteReader {
  readonly section: string;
  readonly #bytes: Uint8Array;
  #at = 0;
  constructor(bytes: Uint8Array, section: string) {
    this.#bytes = bytes;
    this.section = section;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  malformed(what: string): never {
    return refuse("BytecodeMalformed", { section: this.section, what });
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) return refuse("BytecodeTruncated", { section: this.section });
    this.#at += 1;
    return value;
  }

  raw(length: number): Uint8Array {
    if (length > this.left) refuse("BytecodeTruncated", { section: this.section });
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  count(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER || scale > 2 ** 49) this.malformed("a number is too large");
      if (byte < 128) return value;
    }
  }

  /** A count of entries that take at least a byte each. */
  entries(max: number): number {
    const count = this.count();
    if (count > max) refuse("BytecodeTooLarge", { section: this.section, count, max });
    if (count > this.left) refuse("BytecodeTruncated", { section: this.section });
    return count;
  }

  signed(): number {
    const value = this.count();
    if (value > 0xffff_ffff) this.malformed("a number is too large");
    return (value >>> 1) ^ -(value & 1);
  }

  float(): number {
    const bytes = this.raw(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
  }

  text(): string {
    const header = this.count();
    const bytes = this.raw(Math.floor(header / 2));
    const text = header % 2 === 0 ? decodeUtf8(bytes) : textOfUnits(bytes);
    return text ?? this.malformed("a text is not UTF-8");
  }

  bytes(): Uint8Array {
    return this.raw(this.count()).slice();
  }

  bigint(): bigint {
    const text = this.text();
    if (!/^-?[0-9a-z]{1,800}$/.test(text)) this.malformed("a number has no digits");
    const negative = text.startsWith("-");
    let value = 0n;
    for (const digit of negative ? text.slice(1) : text) value = value * 36n + BigInt(Number.parseInt(digit, 36));
    return negative ? -value : value;
  }

  /** Ends the section. */
  end(): void {
    if (this.left > 0) this.malformed("bytes are left over");
  }
}

const TAGS = {
  null: 0,
  true: 1,
  false: 2,
  int: 3,
  negative: 4,
  float: 5,
  text: 6,
  bigint: 7,
  list: 8,
  record: 9,
} as const;

/** Writes plain data (see verify-forms.ts verifyPlain); fields that are undefined are left out. */
export function writePlain(out: ByteWriter, value: unknown): void {
  if (value === null || value === undefined) return out.byte(TAGS.null);
  if (typeof value === "boolean") return out.byte(value ? TAGS.true : TAGS.false);
  if (typeof value === "number") return writeNumber(out, value);
  if (typeof value === "string") {
    out.byte(TAGS.text);
    return out.text(value);
  }
  if (typeof value === "bigint") {
    out.byte(TAGS.bigint);
    return out.bigint(value);
  }
  if (Array.isArray(value)) {
    out.byte(TAGS.list);
    out.count(value.length);
    for (const item of value) writePlain(out, item);
    return;
  }
  const fields = Object.entries(value as object).filter(([, item]) => item !== undefined);
  out.byte(TAGS.record);
  out.count(fields.length);
  for (const [key, item] of fields) {
    out.text(key);
    writePlain(out, item);
  }
}

function writeNumber(out: ByteWriter, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    out.byte(value < 0 ? TAGS.negative : TAGS.int);
    out.count(Math.abs(value));
  } else {
    out.byte(TAGS.float);
    out.float(value);
  }
}

/** Reads plain data. */
export function readPlain(input: ByteReader, depth = 0): unknown {
  if (depth > LIMITS.nestingMax.value) return input.malformed("a form is nested too deeply");
  switch (input.byte()) {
    case TAGS.null:
      return null;
    case TAGS.true:
      return true;
    case TAGS.false:
      return false;
    case TAGS.int:
      return input.count();
    case TAGS.negative:
      return -input.count();
    case TAGS.float:
      return input.float();
    case TAGS.text:
      return input.text();
    case TAGS.bigint:
      return input.bigint();
    case TAGS.list:
      return Array.from({ length: input.entries(LIMITS.constantsMax.value) }, () => readPlain(input, depth + 1));
    case TAGS.record:
      return readRecord(input, depth);
    default:
      return input.malformed("a value has an unknown kind");
  }
}

function readRecord(input: ByteReader, depth: number): object {
  const record: Record<string, unknown> = {};
  const count = input.entries(LIMITS.constantsMax.value);
  for (let i = 0; i < count; i += 1) {
    const key = input.text();
    // A plain assignment to this name would set the prototype.
    if (key === "__proto__" || Object.hasOwn(record, key)) input.malformed(`a record has the field ${key} twice`);
    record[key] = readPlain(input, depth + 1);
  }
  return record;
}

/** Hash of bytes as 16 hexadecimal digits (two 32-bit halves, after cyrb53 by bryc, public domain). It finds damage, it does not authenticate. */
export function hashBytes(bytes: Uint8Array): string {
  let left = 0xdeadbeef;
  let right = 0x41c6ce57;
  for (const byte of bytes) {
    left = Math.imul(left ^ byte, 2654435761);
    right = Math.imul(right ^ byte, 1597334677);
  }
  left = Math.imul(left ^ (left >>> 16), 2246822507) ^ Math.imul(right ^ (right >>> 13), 3266489909);
  right = Math.imul(right ^ (right >>> 16), 2246822507) ^ Math.imul(left ^ (left >>> 13), 3266489909);
  return (left >>> 0).toString(16).padStart(8, "0") + (right >>> 0).toString(16).padStart(8, "0");
}
