// Compares keys in a time that tells nothing of where they differ.
import { timingSafeEqual } from "node:crypto";

/** Whether a key that was shown is the expected one. */
export function isSameKey(shown: string, expected: string): boolean {
  const given = Buffer.from(shown);
  const known = Buffer.from(expected);
  return given.length === known.length && timingSafeEqual(given, known);
}
