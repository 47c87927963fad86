// Diagnostics E4000 to E4999: null.
import type { DiagnosticRow } from "./row.ts";

/** Null. */
export const NULL_DIAGNOSTICS = {
  CompareWithNull: {
    code: "E4001",
    severity: "warning",
    message: (d: { operator: string }): string => `A comparison with null by ${d.operator} is never true.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
