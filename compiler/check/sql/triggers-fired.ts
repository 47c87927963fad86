// Triggers that a statement fires, those of the file and stored ones: their effects and errors become the statement's (LANGUAGE.md 15.22).
// Of the statement's own table by event and columns; of tables that cascades and native triggers write, all of them.
import { NO_EFFECTS } from "../../effects/join.ts";
import { effectsFromJson } from "../../effects/print.ts";
import type { Effects } from "../../effects/effects.ts";
import type { CatalogTrigger } from "../../catalog-view.ts";
import type { SqlStatement, TriggerDeclaration } from "../../syntax/tree.ts";
import { foldName, VOID } from "../../types/make.ts";
import type { RoutineInfo } from "../checked.ts";
import type { CheckContext } from "../context.ts";
import { triggerRoutine } from "../trigger-callee.ts";
import { storedHeader, type TriggerHeader } from "../trigger-shape.ts";

type Event = "insert" | "update" | "delete" | "upsert";

/** The routines of the triggers that a statement with these effects fires. */
export function triggersFired(ctx: CheckContext, statement: SqlStatement, effects: Effects): readonly RoutineInfo[] {
  const target = targetName(statement);
  if (target === undefined) return [];
  const stored = ctx.catalog.triggers().filter((trigger) => trigger.fires && !isRedeclared(ctx, trigger.name));
  const fired: RoutineInfo[] = [];
  const written = new Set(effects.writes.map(({ table }) => lastPart(table)));
  for (const trigger of stored) {
    const header = storedHeader(trigger.declaration);
    const table = foldName(header.table ?? "");
    if (table === target ? firesOn(header, statement) : written.has(table)) fired.push(storedRoutine(trigger));
  }
  for (const item of ctx.state.module.items) {
    const declaration = item.statement;
    if (declaration.kind !== "trigger") continue;
    const header = storedHeader(declaration);
    const table = foldName(header.table ?? "");
    if (table === target ? !firesOn(header, statement) : !written.has(table)) continue;
    const routine = ctx.state.routines.get(declaration);
    if (routine !== undefined && routine !== ctx.owner.info) fired.push(routine);
  }
  return fired;
}

function lastPart(name: string): string {
  return foldName(name.slice(name.lastIndexOf(".") + 1));
}

function isRedeclared(ctx: CheckContext, name: string): boolean {
  return ctx.state.module.items.some(
    ({ statement }) => statement.kind === "trigger" && foldName(statement.name.text) === foldName(name),
  );
}

/** Whether a statement that writes the trigger's table fires it: by its events and the columns that they name. */
export function firesOn(trigger: TriggerHeader, statement: SqlStatement): boolean {
  const events = eventsOf(statement);
  return trigger.events.some((event) => events.includes(event) && touches(trigger.declaration, event, statement));
}

/** UPDATE OF columns: whether one of them is assigned. Only for statements that say which columns they assign. */
function touches(declaration: TriggerDeclaration, event: Event, statement: SqlStatement): boolean {
  if (event !== "update" || statement.kind !== "update") return true;
  const lists = declaration.events.filter((each) => each.event === "update").map(({ columns }) => columns);
  if (lists.length === 0 || lists.some((columns) => columns.length === 0)) return true;
  const assigned = new Set(statement.assignments.flatMap(({ columns }) => columns.map(({ text }) => foldName(text))));
  return lists.flat().some(({ text }) => assigned.has(foldName(text)));
}

function storedRoutine(trigger: CatalogTrigger): RoutineInfo {
  return {
    name: trigger.name,
    routine: "procedure",
    origin: "catalog",
    declaration: triggerRoutine(trigger.declaration),
    item: undefined,
    receiver: undefined,
    parameters: [],
    result: VOID,
    mode: "sync",
    raises: undefined,
    effects: effectsFromJson(trigger.effectsJson) ?? NO_EFFECTS,
    version: undefined,
    operators: [],
  };
}

/** Folded name of the table that a statement writes; undefined for others, and for a table that a variable names. */
export function targetName(statement: SqlStatement): string | undefined {
  if (
    statement.kind !== "insert" &&
    statement.kind !== "update" &&
    statement.kind !== "delete" &&
    statement.kind !== "merge"
  )
    return undefined;
  return statement.target.name?.parts.at(-1)?.text.toLowerCase();
}

function eventsOf(statement: SqlStatement): readonly Event[] {
  switch (statement.kind) {
    case "insert": {
      const updates =
        statement.verb === "upsert" || statement.conflicts.some((conflict) => conflict.action === "update");
      const replaces = statement.verb === "replace" || statement.or === "replace";
      return [
        "insert",
        ...(updates ? (["update", "upsert"] as const) : []),
        ...(replaces ? (["delete"] as const) : []),
      ];
    }
    case "update":
      return ["update"];
    case "delete":
      return ["delete"];
    case "merge":
      return [
        "upsert",
        ...statement.branches.flatMap((branch): Event[] => (branch.action === "nothing" ? [] : [branch.action])),
      ];
    default:
      return [];
  }
}
