// Diagnostics E6000 to E6999: effects and raised errors.
import type { DiagnosticRow } from "./row.ts";

/** Effects and raises. */
export const EFFECT_DIAGNOSTICS = {
  UndeclaredRaise: {
    code: "E6001",
    severity: "warning",
    message: (d: { error: string; routine: string }): string => `${d.error} can escape from ${d.routine}, which does not declare it.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
