// The hierarchy of errors: the standard ones (LANGUAGE.md 15.4) and those that the module declares.
import { STANDARD_ERRORS as ALL_STANDARD_ERRORS } from "../../bytecode/trap.ts";
import { INT, STRING, nullable } from "../types/make.ts";
import type { ErrorType, StructField, Type } from "../types/type.ts";
import type { ModuleState } from "./context.ts";

/** Standard errors and their parents; undefined: directly under Exception. */
export const STANDARD_ERRORS: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  Object.entries(ALL_STANDARD_ERRORS).map(([name, parents]) => [name, parents[0]]),
);

/** Errors that any operation may raise and that `raises` does not count (LANGUAGE.md 15.22). */
export const UNCOUNTED_ERRORS: ReadonlySet<string> = new Set([
  "Overflow",
  "DivisionByZero",
  "InvalidCast",
  "OutOfRange",
  "TooManyRows",
  "MatchError",
  "NoSuchTable",
  "NoSuchRoutine",
  "TriggerDepth",
  "LimitExceeded",
  "Cancelled",
  "Timeout",
  "Deadlock",
  "AssertionFailed",
  "NotImplemented",
  "PermissionDenied",
]);

const ROOT_NAMES: ReadonlySet<string> = new Set(["exception", "error"]);

/** True for the root of all errors, by any of its names. */
export function isRootError(name: string): boolean {
  return ROOT_NAMES.has(name.toLowerCase());
}

/** The name as declared, or undefined when no error of that name is known. Error names match in any case. */
export function knownError(state: ModuleState, name: string): string | undefined {
  if (isRootError(name)) return "Exception";
  const wanted = name.toLowerCase();
  for (const standard of Object.keys(STANDARD_ERRORS)) if (standard.toLowerCase() === wanted) return standard;
  for (const declared of state.errors.keys()) if (declared.toLowerCase() === wanted) return declared;
  return undefined;
}

/** Whether `error` is `ancestor` or below it. */
export function isErrorWithin(state: ModuleState, error: string, ancestor: string): boolean {
  if (isRootError(ancestor)) return true;
  const wanted = ancestor.toLowerCase();
  const seen = new Set<string>();
  let current: string | undefined = error;
  while (current !== undefined && !seen.has(current)) {
    if (current.toLowerCase() === wanted) return true;
    seen.add(current);
    current = state.errors.get(current)?.parent ?? STANDARD_ERRORS[current];
  }
  return false;
}

/** Fields that every caught error has. */
export const ERROR_FIELDS: readonly StructField[] = [
  { name: "code", type: STRING },
  { name: "message", type: STRING },
  { name: "detail", type: nullable({ kind: "any" } satisfies Type) },
  { name: "stack", type: STRING },
  { name: "sqlstate", type: nullable(STRING) },
  { name: "constraint", type: nullable(STRING) },
  { name: "table", type: nullable(STRING) },
  { name: "column", type: nullable(STRING) },
  { name: "line", type: nullable(INT) },
];

/** The type of a caught error of that name; undefined: any error. */
export function errorType(state: ModuleState, name: string | undefined): ErrorType {
  if (name === undefined || isRootError(name)) return { kind: "error", name: undefined, fields: [] };
  const fields: StructField[] = [];
  const seen = new Set<string>();
  let current: string | undefined = name;
  while (current !== undefined && !seen.has(current)) {
    seen.add(current);
    fields.push(...(state.errors.get(current)?.fields ?? []));
    current = state.errors.get(current)?.parent;
  }
  return { kind: "error", name, fields };
}
