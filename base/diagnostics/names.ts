// Diagnostics E2000 to E2999: names that are unknown, doubled or ambiguous.
import type { DiagnosticRow } from "./row.ts";

/** Names. */
export const NAME_DIAGNOSTICS = {
  UnknownName: {
    code: "E2001",
    severity: "error",
    message: (d: { name: string }): string => `There is no variable, parameter or function named ${d.name}.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
