// Bytes of files as text: UTF-8 without its byte order mark, and the first place where they are something else. Read on from there, strings would hold replacement
// characters, which programs would store and formatting would write into the file.

/** The first byte that is not UTF-8. */
export interface LostByte {
  /** Offset in the text, where a replacement character stands for it. */
  readonly at: number;
  /** Offset in the bytes. */
  readonly byteAt: number;
  readonly byte: number;
  /** 1-based. */
  readonly line: number;
}

/** What was read. */
export interface ReadText {
  /** With replacement characters for what was lost. */
  readonly text: string;
  /** Undefined: all of it is UTF-8. */
  readonly lost: LostByte | undefined;
}

const REPLACEMENT = [0xef, 0xbf, 0xbd] as const;

/** Reads them; never fails. */
export function readUtf8(bytes: Uint8Array): ReadText {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const lost = text.includes("\uFFFD") ? firstLost(bytes, text) : undefined;
  if (!text.startsWith("\uFEFF")) return { text, lost };
  return { text: text.slice(1), lost: lost && { ...lost, at: lost.at - 1 } };
}

function firstLost(bytes: Uint8Array, text: string): LostByte | undefined {
  const encoder = new TextEncoder();
  let from = 0;
  let byteAt = 0;
  for (let at = text.indexOf("\uFFFD"); at >= 0; at = text.indexOf("\uFFFD", from)) {
    byteAt += encoder.encode(text.slice(from, at)).length;
    from = at + 1;
    // The character may stand there as itself.
    if (REPLACEMENT.some((byte, index) => bytes[byteAt + index] !== byte))
      return { at, byteAt, byte: bytes[byteAt] ?? 0, line: text.slice(0, at).split("\n").length };
    byteAt += REPLACEMENT.length;
  }
  return undefined;
}

/** What is wrong, in words that go on after the name of the file. */
export function lostText({ byteAt, byte, line }: LostByte): string {
  return `byte ${byteAt + 1}, 0x${hexadecimal(byte)} in line ${line}, is not UTF-8; save the file in UTF-8.`;
}

/** Two digits. */
export function hexadecimal(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}
