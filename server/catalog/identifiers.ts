// Identifiers and hashes of catalog rows: ULIDs (48 bits of time, 80 random bits, sortable by time) and SHA-256.
// Randomness comes from the machine, not from the session's recorded generator: ids are not values of programs.
import { createHash, randomBytes } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_CHARACTERS = 10;
const RANDOM_CHARACTERS = 16;

/** A new ULID for a moment in milliseconds since 1970. */
export function newId(nowMs: number): string {
  let time = "";
  let rest = Math.floor(nowMs);
  for (let i = 0; i < TIME_CHARACTERS; i += 1) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  const random = [...randomBytes(RANDOM_CHARACTERS)].map((byte) => ALPHABET.charAt(byte % 32)).join("");
  return time + random;
}

/** SHA-256 of a text, in lower-case hexadecimal digits. */
export function textHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
