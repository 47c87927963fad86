// Diagnostics E1000 to E1999: what the scanner and the parser find.
import type { DiagnosticRow } from "./row.ts";

/** Syntax. */
export const SYNTAX_DIAGNOSTICS = {
  SyntaxExpected: {
    code: "E1001",
    severity: "error",
    message: (d: { expected: string; found: string }): string => `Expected ${d.expected}, found ${d.found}.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
