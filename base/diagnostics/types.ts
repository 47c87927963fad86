// Diagnostics E3000 to E3999: types that do not fit.
import type { DiagnosticRow } from "./row.ts";

/** Types. */
export const TYPE_DIAGNOSTICS = {
  TypeMismatch: {
    code: "E3001",
    severity: "error",
    message: (d: { expected: string; found: string }): string => `Expected ${d.expected}, found ${d.found}.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
