// Traps: errors of a running program on their way to a handler or out of the machine.
// The program sees the ErrorValue; JavaScript sees this class. Limit traps cannot be caught by the program that hit them.
import { ErrorValue, type StackFrame, type Value } from "../base/value/value.ts";

/** Ancestors of the standard errors, nearest first; `Exception` is implied (LANGUAGE.md 15.4). */
export const STANDARD_ERRORS = {
  Overflow: [],
  DivisionByZero: [],
  InvalidCast: [],
  OutOfRange: [],
  TooManyRows: [],
  NoSuchTable: [],
  NoSuchRoutine: [],
  AssertionFailed: [],
  MatchError: [],
  TriggerDepth: [],
  LimitExceeded: [],
  Cancelled: [],
  Timeout: [],
  NotImplemented: [],
  PermissionDenied: [],
  Deadlock: [],
  ConstraintViolation: [],
  UniqueViolation: ["ConstraintViolation"],
  ForeignKeyViolation: ["ConstraintViolation"],
  CheckViolation: ["ConstraintViolation"],
  NotNullViolation: ["ConstraintViolation"],
  // What the database or the session says besides: all below DatabaseError.
  DatabaseError: [],
  SqlError: ["DatabaseError"],
  TypeMismatch: ["SqlError", "DatabaseError"],
  NoSuchColumn: ["DatabaseError"],
  NoSuchObject: ["DatabaseError"],
  AlreadyExists: ["DatabaseError"],
  DependentObjects: ["DatabaseError"],
  InvalidRoutine: ["DatabaseError"],
  AmbiguousRoutine: ["DatabaseError"],
  WrongArguments: ["DatabaseError"],
  ObjectDisabled: ["DatabaseError"],
  WrongSetting: ["DatabaseError"],
  TransactionState: ["DatabaseError"],
  DatabaseLocked: ["DatabaseError"],
  ReadOnlyDatabase: ["DatabaseError"],
  CannotOpen: ["DatabaseError"],
  CorruptDatabase: ["DatabaseError"],
  NotADatabase: ["DatabaseError"],
  DiskFull: ["DatabaseError"],
  ConnectionLost: ["DatabaseError"],
  CatalogVersion: ["DatabaseError"],
  ServiceUnavailable: ["DatabaseError"],
  RunEnded: ["DatabaseError"],
} as const satisfies Record<string, readonly string[]>;

/** Name of a standard error. */
export type StandardErrorName = keyof typeof STANDARD_ERRORS;

/** An error of the running program. `uncatchable` ones (limits, cancellation, timeout) unwind every frame without running handlers. */
export class Trap extends Error {
  override readonly name = "Trap";
  readonly value: ErrorValue;
  readonly uncatchable: boolean;
  constructor(value: ErrorValue, options: { readonly uncatchable?: boolean } = {}) {
    super(`${value.code}: ${value.message}`);
    this.value = value;
    this.uncatchable = options.uncatchable ?? false;
  }
  /** Frames of the program's own stack, innermost first; filled when the trap leaves the routine that raised it. */
  get frames(): readonly StackFrame[] {
    return this.value.stack;
  }
}

/** A trap with a standard error. `message` is one sentence in the user's words. */
export function trap(code: StandardErrorName, message: string, detail: Value = null): Trap {
  return new Trap(new ErrorValue(code, message, detail, STANDARD_ERRORS[code]));
}

/** A trap that the program cannot catch: LimitExceeded, Cancelled, Timeout, and TriggerDepth are raised this way. */
export function limitTrap(
  code: "LimitExceeded" | "Cancelled" | "Timeout" | "TriggerDepth",
  message: string,
  detail: Value = null,
): Trap {
  return new Trap(new ErrorValue(code, message, detail, STANDARD_ERRORS[code]), { uncatchable: true });
}

/** Whether an error is of the named kind or below it. */
export function errorIs(error: ErrorValue, name: string): boolean {
  return name === "Exception" || error.code === name || error.parents.includes(name);
}
