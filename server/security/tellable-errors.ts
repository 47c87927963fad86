// Errors of constraints name tables and columns. What routines and triggers do with their owner's rights may fail at tables of which the session's user may not even know.
import { EngineError, type EngineErrorKind } from "../../storage/engine.ts";
import type { Authority } from "./types.ts";

const NAMING: ReadonlySet<EngineErrorKind> = new Set<EngineErrorKind>([
  "unique",
  "foreignKey",
  "check",
  "notNull",
  "otherConstraint",
]);

/** The error as the session may hear it: its name stays, so that programs catch it. */
export function tellable(authority: Authority | undefined, error: EngineError): EngineError {
  const { kind, code, table, transactionEnded } = error;
  if (authority === undefined || !NAMING.has(kind) || !authority.hides(table)) return error;
  const message = "A rule of a table was violated on which the session's user has no right.";
  return new EngineError(message, { kind, code, transactionEnded, cause: error });
}
