// Triggers that a statement fires, those of the file and stored ones: their effects and errors become the statement's (LANGUAGE.md 15.22).
// Of the statement's own table by event and columns; of tables that cascades and native triggers write, all of them.
import { NO_EFFECTS } from "../../effects/join.ts";
import { effectsFromJson } from "../../effects/print.ts";
import type { Effects } from "../../effects/effects.ts";
import type { CatalogTrigger } from "../../catalog-view.ts";
import type { SqlStatement, TriggerDeclaration } from "../../syntax/tree.ts";
import { foldName, VOID } from "../../types/make.ts";
import type { RoutineInfo } from "../checked.ts";
import type { CheckContext, ModuleState } from "../context.ts";
import { triggerRoutine } from "../trigger-callee.ts";
import { storedHeader, type TriggerHeader } from "../trigger-shape.ts";

type Event = "insert" | "update" | "delete" | "upsert";

/** A trigger as statements look for it. */
interface FiredTrigger {
  readonly header: TriggerHeader;
  readonly routine: RoutineInfo;
}

/** Triggers of one check by folded name of their table; made once, because every statement that writes asks. */
const triggersByState = new WeakMap<ModuleState, ReadonlyMap<string, readonly FiredTrigger[]>>();

function triggersByTable(ctx: CheckContext): ReadonlyMap<string, readonly FiredTrigger[]> {
  const known = triggersByState.get(ctx.state);
  if (known !== undefined) return known;
  const byTable = new Map<string, FiredTrigger[]>();
  const add = (header: TriggerHeader, routine: RoutineInfo | undefined): void => {
    if (routine === undefined) return;
    const table = foldName(header.table ?? "");
    const group = byTable.get(table);
    if (group === undefined) byTable.set(table, [{ header, routine }]);
    else group.push({ header, routine });
  };
  const own = ctx.state.module.items.flatMap(({ statement }) => (statement.kind === "trigger" ? [statement] : []));
  const redeclared = new Set(own.map((declaration) => foldName(declaration.name.text)));
  for (const trigger of ctx.catalog.triggers())
    if (trigger.fires && !redeclared.has(foldName(trigger.name)))
      add(storedHeader(trigger.declaration), storedRoutine(trigger));
  for (const declaration of own) add(storedHeader(declaration), ctx.state.routines.get(declaration));
  triggersByState.set(ctx.state, byTable);
  return byTable;
}

/** The routines of the triggers that a statement with these effects fires. */
export function triggersFired(ctx: CheckContext, statement: SqlStatement, effects: Effects): readonly RoutineInfo[] {
  const target = targetName(statement);
  if (target === undefined) return [];
  const byTable = triggersByTable(ctx);
  if (byTable.size === 0) return [];
  const tables = new Set([target, ...effects.writes.map(({ table }) => lastPart(table))]);
  return [...tables].flatMap((table) =>
    (byTable.get(table) ?? [])
      .filter(({ header, routine }) => routine !== ctx.owner.info && (table !== target || firesOn(header, statement)))
      .map(({ routine }) => routine),
  );
}

function lastPart(name: string): string {
  return foldName(name.slice(name.lastIndexOf(".") + 1));
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
