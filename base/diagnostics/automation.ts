// Diagnostics E7000 to E7999: triggers, schedules, pipelines.
import type { DiagnosticRow } from "./row.ts";

/** Automation. */
export const AUTOMATION_DIAGNOSTICS = {
  UnboundTrigger: {
    code: "E7001",
    severity: "warning",
    message: (d: { name: string }): string => `Trigger ${d.name} names nothing to call.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
