// Errors of a storage engine as errors of the running program: kinds become the error names of LANGUAGE.md 15.4.
// The detail of such an error is a struct {sqlstate, constraint, table, column}, so that `e.constraint` works like a declared field.
import { ErrorValue, Shape, StructValue } from "../../base/value/value.ts";
import { STANDARD_ERRORS, Trap, type StandardErrorName } from "../../bytecode/trap.ts";
import { EngineError, type EngineErrorKind } from "../../storage/engine.ts";

interface ErrorRow {
  readonly code: StandardErrorName;
  /** SQLSTATE of the SQL standard (and PostgreSQL) for the kind. */
  readonly sqlstate: string;
}

/** Every kind of engine error with the name that programs catch. */
export const ENGINE_ERROR_ROWS = {
  unique: { code: "UniqueViolation", sqlstate: "23505" },
  foreignKey: { code: "ForeignKeyViolation", sqlstate: "23503" },
  check: { code: "CheckViolation", sqlstate: "23514" },
  notNull: { code: "NotNullViolation", sqlstate: "23502" },
  otherConstraint: { code: "ConstraintViolation", sqlstate: "23000" },
  noSuchTable: { code: "NoSuchTable", sqlstate: "42P01" },
  noSuchColumn: { code: "NoSuchColumn", sqlstate: "42703" },
  syntax: { code: "SqlError", sqlstate: "42601" },
  typeMismatch: { code: "TypeMismatch", sqlstate: "42804" },
  alreadyExists: { code: "AlreadyExists", sqlstate: "42P07" },
  busy: { code: "DatabaseLocked", sqlstate: "55P03" },
  deadlock: { code: "Deadlock", sqlstate: "40P01" },
  readOnly: { code: "ReadOnlyDatabase", sqlstate: "25006" },
  cannotOpen: { code: "CannotOpen", sqlstate: "58030" },
  corrupt: { code: "CorruptDatabase", sqlstate: "XX001" },
  notADatabase: { code: "NotADatabase", sqlstate: "58030" },
  diskFull: { code: "DiskFull", sqlstate: "53100" },
  interrupted: { code: "Cancelled", sqlstate: "57014" },
  connectionLost: { code: "ConnectionLost", sqlstate: "08006" },
  permission: { code: "PermissionDenied", sqlstate: "42501" },
  tooManyRows: { code: "TooManyRows", sqlstate: "21000" },
  invalidCast: { code: "InvalidCast", sqlstate: "22P02" },
  limit: { code: "LimitExceeded", sqlstate: "54000" },
  other: { code: "SqlError", sqlstate: "XX000" },
} as const satisfies Record<EngineErrorKind, ErrorRow>;

/** Kinds that the program which met them may not catch: limits and cancellation. */
const UNCATCHABLE: ReadonlySet<EngineErrorKind> = new Set<EngineErrorKind>(["interrupted", "limit"]);

const DETAIL_SHAPE = new Shape("", ["sqlstate", "constraint", "table", "column"]);

/** The error value of an engine error. */
export function errorValueOf(error: EngineError): ErrorValue {
  const row = ENGINE_ERROR_ROWS[error.kind];
  const detail = new StructValue(DETAIL_SHAPE, [
    row.sqlstate,
    error.constraint ?? null,
    error.table ?? null,
    error.column ?? null,
  ]);
  // The same kind stops a statement that was cancelled and one that ran out of time.
  return new ErrorValue(
    error.code === "GOBI_TIMEOUT" ? "Timeout" : row.code,
    error.message,
    detail,
    STANDARD_ERRORS[row.code],
  );
}

/** The trap of an engine error. One that ended the transaction cannot be caught below the call's edge (LANGUAGE.md 15.25). */
export function trapOf(error: EngineError): Trap {
  return new Trap(errorValueOf(error), { uncatchable: error.transactionEnded || UNCATCHABLE.has(error.kind) });
}

/**
 * Runs engine work on behalf of a program.
 * @throws Trap instead of EngineError; everything else passes.
 */
export function asTrap<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof EngineError) throw trapOf(error);
    throw error;
  }
}
