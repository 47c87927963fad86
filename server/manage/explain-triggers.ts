// EXPLAIN TRIGGERS FOR: which triggers a statement, or the statements of a routine, would fire, in which order, in which way and why. Nothing is run.
import type { SqlForm } from "../../base/sql-form.ts";
import type { TableValue, Value } from "../../base/value/value.ts";
import type { ManagementForm } from "../../vm/host.ts";
import type { PlannedFiring } from "../triggers/firing-plan.ts";
import { callsOf } from "./triggers.ts";
import { noSuchObject, optionalNumber, optionalText, tableFromRows, type ManageWorld } from "./world.ts";

const COLUMNS = ["n", "point", "trigger", "event", "table", "way", "calls", "note"];

/** The firings as rows, in order. @throws Trap NoSuchRoutine. */
export function explainTriggers(
  world: ManageWorld,
  form: ManagementForm,
  statement: SqlForm | undefined,
  args: readonly Value[],
): TableValue {
  const forms = statement === undefined ? statementsOf(world, form) : [statement];
  const firings = forms.flatMap((each) => (each.dml === undefined ? [] : world.plan(each, args)));
  return tableFromRows(
    COLUMNS,
    firings.map((firing, index) => [index + 1, ...firingRow(world, firing)]),
  );
}

/** The statements that stand in a routine's program. */
function statementsOf(world: ManageWorld, form: ManagementForm): readonly SqlForm[] {
  const name = optionalText(form, "routine");
  if (name === undefined) return noSuchObject("procedure", "");
  const routine = world.routine(name, optionalText(form, "receiver"), optionalNumber(form, "version"));
  return routine.owner.program.constants.flatMap((constant) => (constant.kind === "sql" ? [constant.form] : []));
}

function firingRow(world: ManageWorld, firing: PlannedFiring): readonly Value[] {
  const { trigger, name, point, event, table, way, indirect } = firing;
  const known = world.triggers.all().find(({ stored }) => stored.id === trigger?.id);
  const isAsync = trigger?.outbox !== undefined;
  const notes = [
    trigger === undefined ? "it was written for SQLite" : undefined,
    trigger === undefined && way === "managed" ? "what it writes has triggers that must see that" : undefined,
    isAsync ? "after the commit" : undefined,
    indirect ? "for rows that a foreign key or REPLACE touches" : undefined,
    way === "native" ? undefined : known?.stored.program?.wayReason,
  ].filter((note) => note !== undefined);
  return [
    point,
    name,
    event,
    table,
    isAsync ? "async" : way,
    known === undefined ? (trigger === undefined ? "its body" : null) : callsOf(known),
    notes.length === 0 ? null : notes.join("; "),
  ];
}
