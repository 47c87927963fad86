// Diagnostics E6000 to E6999: effects and raised errors.
import type { DiagnosticRow } from "./row.ts";

/** Effects and raises. */
export const EFFECT_DIAGNOSTICS = {
  UndeclaredRaise: {
    code: "E6001",
    severity: "warning",
    message: (d: { error: string; routine: string }): string =>
      `${d.error} can escape from ${d.routine}, which does not declare it.`,
  },
  RaisesUnknownCause: {
    code: "E6002",
    severity: "hint",
    message: (d: { error: string; routine: string }): string =>
      `${d.routine} declares ${d.error}, which nothing in it raises.`,
  },
  UnreachableCatch: {
    code: "E6003",
    severity: "warning",
    message: (d: { error: string }): string => `Nothing in the try block raises ${d.error}.`,
  },
  PossibleSqlInjection: {
    code: "E6004",
    severity: "error",
    message: (_d: Record<never, never>): string => "This text may contain input from outside: possible SQL injection.",
  },
  NotCallableInSql: {
    code: "E6005",
    severity: "error",
    message: (d: { name: string; reason: string }): string => `${d.name} cannot be called inside SQL: ${d.reason}.`,
  },
  RunsInTransaction: {
    code: "E6006",
    severity: "info",
    message: (d: { name: string; engine: string }): string => `${d.name} runs inside your transaction on ${d.engine}.`,
  },
  CatchHidden: {
    code: "E6007",
    severity: "warning",
    message: (d: { error: string }): string => `${d.error} is already caught above.`,
  },
  JobNotAwaited: {
    code: "E6008",
    severity: "warning",
    message: (d: { name: string }): string =>
      `The job of ${d.name} is cancelled when the body ends, because nobody awaits it.`,
  },
  RaisesEverything: {
    code: "E6009",
    severity: "hint",
    message: (d: { name: string }): string => `Every error is within ${d.name}, so this promises nothing.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
