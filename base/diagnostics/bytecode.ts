// Diagnostics E8000 to E8999: bytecode that the decoder or the verifier refuses.
import type { DiagnosticRow } from "./row.ts";

/** Bytecode. */
export const BYTECODE_DIAGNOSTICS = {
  BytecodeTruncated: {
    code: "E8001",
    severity: "error",
    message: (d: { section: string }): string => `The bytecode ends inside its ${d.section}.`,
  },
} as const satisfies Record<string, DiagnosticRow>;
