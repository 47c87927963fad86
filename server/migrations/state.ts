// Where a database stands in words: for logs, commands and the gateway.
import type { MigrationState } from "./types.ts";

/** The line that tells where a database stands. */
export function stateLine(word: "Current" | "Updating" | "Loading", { avail, load, apply }: MigrationState): string {
  return `Migration ${word}: AVAIL=${avail}, LOAD=${load}, APPLY=${apply}`;
}

/** The word for a state: whether files are to be recorded, to be applied, or neither. */
export function stateWord({ avail, load, apply }: MigrationState): "Current" | "Updating" | "Loading" {
  if (load < avail) return "Loading";
  return apply < load ? "Updating" : "Current";
}
