// Functions, handles and cursors are equal to themselves only. Their order is that of first being asked for, so that it is total.
import type { Value } from "./value.ts";

const IDENTITIES = new WeakMap<object, number>();
let identities = 0;

/** A number for an object, the same one for as long as the object lives. */
export function identityOf(value: Value): number {
  if (typeof value !== "object" || value === null) return 0;
  const known = IDENTITIES.get(value);
  if (known !== undefined) return known;
  identities += 1;
  IDENTITIES.set(value, identities);
  return identities;
}
