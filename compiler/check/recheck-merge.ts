// Replaces facts of some items in the tables of a file by those of a new check of these items.
import type { CheckedBodies } from "./check.ts";
import type { RoutineInfo } from "./checked.ts";
import type { EffectFrame, ModuleState } from "./context.ts";
import type { Item } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";

/** Tables that are keyed by nodes of the tree. */
const BY_NODE = [
  "types",
  "coercions",
  "names",
  "tables",
  "calls",
  "sql",
  "variables",
  "captures",
  "routines",
  "blockEffects",
  "triggerFacts",
  "frames",
] as const satisfies readonly (keyof ModuleState)[];

/** Takes everything out that was found about these items. */
export function dropFacts(state: ModuleState, items: readonly Item[]): void {
  const tables: readonly Map<object, unknown>[] = BY_NODE.map((name) => state[name] as Map<object, unknown>);
  const dropped = new Set(items);
  for (const item of items) {
    dropNode(tables, item.statement);
    state.effects.delete(item);
    state.holes.delete(item);
  }
  for (const variable of state.texts.keys()) if (dropped.has(variable.item)) state.texts.delete(variable);
  for (const variable of state.columnVariables.keys())
    if (dropped.has(variable.item)) state.columnVariables.delete(variable);
  removeWhere(state.handlers, ({ place }) => dropped.has(place.item));
  removeWhere(state.executed, ({ place }) => dropped.has(place.item));
}

function dropNode(tables: readonly Map<object, unknown>[], node: object): void {
  if (!Array.isArray(node)) for (const table of tables) table.delete(node);
  const parts = node as Readonly<Record<string, unknown>>;
  // Thousands of nodes go at once when a schema has changed: no list of entries is made for each.
  for (const key in parts) {
    const part = parts[key];
    if (key !== "span" && typeof part === "object" && part !== null) dropNode(tables, part);
  }
}

function removeWhere<T>(list: readonly T[], isGone: (element: T) => boolean): void {
  const left = list.filter((element) => !isGone(element));
  (list as T[]).splice(0, list.length, ...left);
}

/** Adds what a check of a part has found. */
export function mergeFacts(into: ModuleState, from: ModuleState): void {
  for (const name of BY_NODE) copyInto(into[name] as Map<object, unknown>, from[name] as Map<object, unknown>);
  for (const name of ["effects", "texts", "columnVariables"] as const)
    copyInto(into[name] as Map<object, unknown>, from[name] as Map<object, unknown>);
  for (const name of ["structs", "enums", "errors"] as const) {
    const types = into[name] as Map<string, unknown>;
    types.clear();
    copyInto(types, from[name] as ReadonlyMap<string, unknown>);
  }
  for (const item of from.holes) into.holes.add(item);
  (into.handlers as unknown[]).push(...from.handlers);
  (into.executed as unknown[]).push(...from.executed);
  into.routineIndex.clear();
  copyInto(into.routineIndex, from.routineIndex);
}

function copyInto<K, V>(into: Map<K, V>, from: ReadonlyMap<K, V>): void {
  for (const [key, value] of from) into.set(key, value);
}

/** Tells bodies apart: a trigger may be called like its procedure. */
export function bodyKey(info: RoutineInfo): string {
  return `${info.item?.statement.kind ?? ""} ${foldName(info.name)}`;
}

/** Lets routines that were checked again be the objects that others already refer to. */
export function keepIdentity(fresh: ModuleState, bodies: CheckedBodies, old: ReadonlyMap<string, RoutineInfo>): void {
  const same = new Map<RoutineInfo, RoutineInfo>();
  for (const body of bodies.bodies) {
    const known = old.get(bodyKey(body.info));
    if (known === undefined || known.declaration.kind !== body.info.declaration.kind) continue;
    Object.assign(known, body.info);
    same.set(body.info, known);
    (body as { info: RoutineInfo }).info = known;
    renameCallees(body.frame, same);
  }
  if (same.size === 0) return;
  const kept = (routine: RoutineInfo): RoutineInfo => same.get(routine) ?? routine;
  for (const { steps } of bodies.pipelines)
    for (const step of steps) if (step.routine !== undefined) step.routine = kept(step.routine);
  for (const body of bodies.bodies) renameCallees(body.frame, same);
  for (const { frame } of bodies.script) renameCallees(frame, same);
  for (const frame of fresh.frames.values()) renameCallees(frame, same);
  for (const [node, call] of fresh.calls)
    if (call.kind === "routine" && same.has(call.routine))
      fresh.calls.set(node, { ...call, routine: kept(call.routine) });
  for (const [node, meaning] of fresh.names)
    if (meaning.kind === "routine" && same.has(meaning.routine))
      fresh.names.set(node, { kind: "routine", routine: kept(meaning.routine) });
  for (const [node, table] of fresh.tables)
    if (table.kind === "routine" && same.has(table.routine))
      fresh.tables.set(node, { ...table, routine: kept(table.routine) });
  for (const [node, routine] of fresh.routines) if (same.has(routine)) fresh.routines.set(node, kept(routine));
  for (const [name, routines] of fresh.routineIndex) fresh.routineIndex.set(name, routines.map(kept));
}

function renameCallees(frame: EffectFrame, same: ReadonlyMap<RoutineInfo, RoutineInfo>): void {
  for (const [index, callee] of frame.callees.entries()) {
    const known = same.get(callee.routine);
    if (known !== undefined) frame.callees[index] = { ...callee, routine: known };
  }
  for (const child of frame.children) renameCallees(child, same);
}
