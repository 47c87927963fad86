// Diagnostics E9000 to E9999: sources that pass a limit.
import type { DiagnosticRow } from "./row.ts";

/** Limits. */
export const LIMIT_DIAGNOSTICS = {
  SourceTooLarge: {
    code: "E9001",
    severity: "error",
    message: (d: { bytes: number; max: number }): string =>
      `The source has ${d.bytes} bytes; at most ${d.max} are read.`,
  },
  DeclarationTooLarge: {
    code: "E9002",
    severity: "error",
    message: (d: { bytes: number; max: number }): string =>
      `This declaration has ${d.bytes} bytes; at most ${d.max} are read.`,
  },
  NestingTooDeep: {
    code: "E9003",
    severity: "error",
    message: (d: { max: number }): string => `Brackets, blocks and expressions nest deeper than ${d.max} levels here.`,
  },
  TooManyProblems: {
    code: "E9004",
    severity: "error",
    message: (d: { max: number }): string =>
      `The rest of this file is not read, because it already has ${d.max} syntax errors.`,
  },
  TooManyStatements: {
    code: "E9005",
    severity: "error",
    message: (d: { max: number }): string =>
      `The file has more than ${d.max} statements and declarations; the rest is not read.`,
  },
  CodeTooLarge: {
    code: "E9006",
    severity: "error",
    message: (d: { name: string; count: number; what: string; max: number }): string =>
      `${d.name} needs ${d.count} ${d.what}; at most ${d.max} are allowed.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
