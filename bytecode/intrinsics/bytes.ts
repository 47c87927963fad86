// Intrinsics on bytes, hashes and identifiers.
// Hashes of text are those of its UTF-8 bytes, hashes of other values those of their printed form.
import type { IntrinsicDefinition } from "../intrinsic-row.ts";

/** Ids 650 to 699. */
export const BYTES_INTRINSICS = {
  len_bytes: { id: 650, signature: "fn len(data: bytes) -> int", aliases: ["length", "octet_length"], sql: "native", doc: "Number of bytes.", example: "len(x'00ff')  -- 2" },
  encode: { id: 651, signature: "fn encode(data: bytes, form: string) -> string", raises: ["OutOfRange", "InvalidCast"], sql: "udf", doc: "Bytes as text: 'hex', 'base64' or 'utf8'.", example: "encode(x'68690a', 'base64')  -- aGkK" },
  decode: { id: 652, signature: "fn decode(text: string, form: string) -> bytes", raises: ["OutOfRange", "InvalidCast"], sql: "udf", doc: "Bytes of a text in the form 'hex', 'base64' or 'utf8'.", example: "decode('aGkK', 'base64')  -- x'68690a'" },
  hex: { id: 653, signature: "fn hex(value: any) -> string?", sql: "native", doc: "Hexadecimal digits, in capitals as in SQL: of bytes, or of the UTF-8 bytes of a text or another value's printed form.", example: "hex('hi')  -- 6869" },
  unhex: { id: 654, signature: "fn unhex(text: string) -> bytes?", sql: "native", doc: "Bytes of hexadecimal digits, null when the text is something else.", example: "unhex('00ff')  -- x'00ff'" },
  to_base64: { id: 655, signature: "fn to_base64(value: any) -> string?", sql: "udf", doc: "Base64 of bytes, or of the UTF-8 bytes of a text.", example: "to_base64('hi')  -- aGk=" },
  from_base64: { id: 656, signature: "fn from_base64(text: string) -> bytes", raises: ["InvalidCast"], sql: "udf", doc: "Bytes of base64 text; the URL alphabet and missing padding are accepted.", example: "from_base64('aGk')  -- x'6869'" },
  hash: { id: 657, signature: "fn hash(value: any) -> string?", aliases: ["sha256"], fuel: 20, sql: "udf", doc: "SHA-256 of bytes, or of the UTF-8 bytes of a text or another value's printed form, as 64 hexadecimal digits.", example: "hash('abc')  -- ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
  crc32: { id: 658, signature: "fn crc32(value: any) -> int?", sql: "udf", doc: "CRC-32 (IEEE) of bytes, or of the UTF-8 bytes of a text or another value's printed form; not a protection against intent.", example: "crc32('123456789')  -- 3421780262" },
  uuid: { id: 659, signature: "fn uuid() -> uuid", aliases: ["gen_random_uuid", "uuid_v4"], effects: ["random"], fuel: 8, doc: "A random UUID (version 4).", example: "uuid()  -- ..." },
  uuid_v7: { id: 660, signature: "fn uuid_v7() -> uuid", effects: ["clock", "random"], fuel: 8, doc: "A UUID of version 7: the milliseconds of now(), then random bits; such keys sort by the time of their call.", example: "uuid_v7()  -- ..." },
  random_bytes: { id: 661, signature: "fn random_bytes(count: int) -> bytes", aliases: ["randomblob"], effects: ["random"], raises: ["OutOfRange"], doc: "So many random bytes. They are recorded and can be repeated: no material for keys and passwords.", example: "len(random_bytes(4))  -- 4" },
  get_byte: { id: 662, signature: "fn get_byte(data: bytes, index: int) -> int", raises: ["OutOfRange"], doc: "The byte at a 0-based place as an int from 0 to 255; a negative place counts from the end.", example: "get_byte(x'00ff', 1)  -- 255" },
  slice_bytes: { id: 663, signature: "fn slice(data: bytes, start: int, end: int? = null) -> bytes", doc: "The bytes from start up to but not including end, 0-based; negative places count from the end, what lies outside is clipped.", example: "slice(x'010203', 1)  -- x'0203'" },
} as const satisfies Record<string, IntrinsicDefinition>;
