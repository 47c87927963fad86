// Numbers for parameter and result types, so that a closure call compares one number instead of two lists.
import type { RegisterKind } from "./register-kind.ts";

const SIGNATURES = new Map<string, number>();

/** The number that routines and call sites of these parameter kinds and this result kind (-1: void) share. */
export function signatureNumber(parameters: readonly RegisterKind[], result: number): number {
  const key = `${parameters.join(",")}>${result}`;
  const known = SIGNATURES.get(key);
  if (known !== undefined) return known;
  SIGNATURES.set(key, SIGNATURES.size);
  return SIGNATURES.size - 1;
}
