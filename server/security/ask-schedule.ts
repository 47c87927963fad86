// Asking for what a schedule does beside its run: what it tells other systems leaves with the daemon's environment, and other schedules start when it says so.
// Asked of what was stored, not of its text: a text may be written in many ways.
import { readSchedules } from "../catalog/schedule-reading.ts";
import type { CatalogPlace } from "../catalog/schema.ts";
import type { Authority } from "./types.ts";

/** How a variable of the environment is named in what is sent; see server/actions/secrets.ts. */
const VARIABLE = /\$\{env\./u;

/** Asks for a schedule that was just stored. Runs inside the statement's transaction. @throws Trap PermissionDenied. */
export function askForSchedule({ connection }: CatalogPlace, authority: Authority, name: string): void {
  const [schedule] = readSchedules(connection, name);
  if (schedule === undefined) return;
  if (VARIABLE.test(JSON.stringify(schedule)))
    authority.demandSuperuser("A schedule that names variables of the environment");
  for (const { action } of schedule.actions)
    if (action.kind === "kickOffJob")
      authority.demandNeeds([
        { privilege: "RUN", objectKind: "schedule", objectName: action.schedule, columns: undefined },
      ]);
}
