// RUN RUN 'id': the same once more, as a run of its own: what the run called, with its arguments. A run that delivered a firing of an asynchronous trigger
// fires it again, for the same rows.
import { jsonText } from "../../base/value/json.ts";
import { Json, type Value } from "../../base/value/value.ts";
import { trap } from "../../bytecode/trap.ts";
import { findObject } from "../catalog/objects.ts";
import { readSchedules } from "../catalog/schedule-reading.ts";
import { storedTable } from "../catalog/schema.ts";
import { readRun } from "../runs/reads.ts";
import type { RunRow } from "../runs/types.ts";
import { readRows, textOf } from "../sql/rows.ts";
import { fireAgain } from "../triggers/outbox.ts";
import { askForRuns, momentOf } from "./runs.ts";
import { argumentOf, noSuchObject, tableFromRows, type ManageVerb, type ManageWorld } from "./world.ts";

/** RUN RUN id [AT moment]: asks for a run like one that was there before; gives its id. */
export const runAgain: ManageVerb = (world, form, args) => {
  const id = String(argumentOf(form, args, "run") ?? "");
  const found = world.hasCatalog() ? readRun(world.connection, id) : undefined;
  if (found === undefined) return noSuchObject("run", id);
  const at = momentOf(argumentOf(form, args, "at"));
  const fired = firedTrigger(world, id);
  if (fired !== undefined && found.target.kind !== "pipeline") {
    if (at !== undefined) throw trap("WrongArguments", "A trigger is fired again at once; leave AT out.");
    return firingAgain(world, found, fired);
  }
  refuse(world, found);
  const scheduledAt = at ?? world.nowMicros() / 1000;
  const { target, scheduleId, args: given, priority, fromStep } = found;
  return askForRuns(world, scheduledAt, [
    {
      kind: "manual",
      target,
      scheduleId,
      args: given,
      scheduledAt,
      priority,
      ...(fromStep === undefined ? {} : { fromStep }),
    },
  ]);
};

/** What RUN SCHEDULE and RUN PIPELINE would refuse is refused here too. */
function refuse(world: ManageWorld, { id, scheduleId, target }: RunRow): void {
  if (scheduleId !== undefined) {
    const schedule = readSchedules(world.connection).find((each) => each.id === scheduleId);
    if (schedule === undefined) throw trap("NoSuchObject", `The schedule of run ${id} was dropped.`);
    if (!schedule.manualAllowed)
      throw trap("PermissionDenied", `Schedule ${schedule.name} may not be run by hand: manual_allowed is false.`);
  }
  if (target.kind !== "pipeline") return;
  const pipeline = findObject(world.connection, "pipeline", target.name);
  if (pipeline === undefined) noSuchObject("pipeline", target.name);
  else if (!pipeline.enabled)
    throw trap("ObjectDisabled", `Pipeline ${target.name} is disabled; ENABLE PIPELINE ${target.name} lets it run.`);
}

interface FiredTrigger {
  readonly id: string;
  /** Undefined: it was dropped. */
  readonly name: string | undefined;
  readonly kept: Json | undefined;
}

function firedTrigger(world: ManageWorld, runId: string): FiredTrigger | undefined {
  const sql = `SELECT r.trigger_id, t.name, r.args FROM ${storedTable("runs")} r LEFT JOIN ${storedTable("triggers")} t ON t.trigger_id = r.trigger_id
    WHERE r.run_id = ? AND r.trigger_id IS NOT NULL`;
  const [row] = readRows(world.connection, sql, [runId]);
  if (row === undefined) return undefined;
  const kept = row[2] ?? null;
  return {
    id: textOf(row[0]),
    name: row[1] === null ? undefined : textOf(row[1]),
    kept:
      kept === null
        ? undefined
        : kept instanceof Json
          ? kept
          : new Json(typeof kept === "string" ? kept : jsonText(kept)),
  };
}

function firingAgain(world: ManageWorld, { id }: RunRow, { id: triggerId, name, kept }: FiredTrigger): Value {
  if (name === undefined) throw trap("NoSuchObject", `The trigger that run ${id} fired was dropped.`);
  if (kept === undefined)
    throw trap(
      "NotImplemented",
      `The rows of run ${id} were not kept, because they are too long or of an older version: RUN TRIGGER ${name} WITH {new: {…}} fires it for rows that you give.`,
    );
  const runId = fireAgain(world.place, triggerId, kept);
  // The outbox holds something now.
  world.triggers.sync();
  return tableFromRows(["run_id", "calls"], [[runId, name]]);
}
