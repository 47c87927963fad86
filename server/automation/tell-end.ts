// What the log says of runs that have ended.
import { printDuration } from "../../base/quantity.ts";
import type { RunSummary } from "../runs/world.ts";
import type { ScheduleDefinition } from "../scheduler/types.ts";

/** One line about a run that has ended. */
export function tellEnd(
  { run, executionMs }: RunSummary,
  schedule: ScheduleDefinition | undefined,
  log: (level: "info" | "error", text: string) => void,
): void {
  const name = schedule?.name ?? run.target.name;
  const reason = run.error ?? run.skipReason;
  const took = run.startedAt === undefined ? "" : ` after ${printDuration(executionMs)}`;
  log(
    run.status === "failed" || run.status === "orphaned" ? "error" : "info",
    `${name}: ${run.status}${took}${reason === undefined ? "" : `, ${reason}`} (run ${run.id})`,
  );
}
