// Failures that are bugs of ours, never of the user's program or data.
// User errors are Problems (base/problem.ts); errors of a running program are Traps (bytecode/trap.ts) and EngineErrors (storage/engine.ts).

/** A broken invariant of PL-GRIZZLY itself. Never caught on purpose below the outermost command. */
export class InternalError extends Error {
  override readonly name = "InternalError";
}

/**
 * Ends a switch over a closed union.
 * @throws InternalError always; reaching it means that a case is missing.
 */
export function assertNever(value: never, where: string): never {
  throw new InternalError(`${where}: unexpected ${JSON.stringify(value)}`);
}

/**
 * Returns the value, or fails when it is missing.
 * For lookups that cannot miss because of an invariant which `what` names.
 * @throws InternalError when the value is undefined or null.
 */
export function required<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new InternalError(`missing: ${what}`);
  return value;
}
