// Diagnostics E5000 to E5999: embedded SQL.
import type { DiagnosticRow } from "./row.ts";

/** Embedded SQL. */
export const SQL_DIAGNOSTICS = {
  UnknownTable: {
    code: "E5001",
    severity: "warning",
    message: (d: { name: string }): string => `There is no table named ${d.name}.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
