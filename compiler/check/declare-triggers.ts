// Triggers: configuration or SQL form to one shape, their rows, what they call, and their bodies with typed NEW and OLD (LANGUAGE.md 8).
import { required } from "../../base/failure.ts";
import type { Expression, NameExpression, RoutineDeclaration } from "../syntax/tree.ts";
import { ANY, foldName, nullable, tableOf } from "../types/make.ts";
import type { StructType, Type } from "../types/type.ts";
import { bodyContext, declareBody, type ModuleSetting } from "./bodies.ts";
import type { RoutineInfo } from "./checked.ts";
import { nameOf, namesOf } from "./config-values.ts";
import type { CheckContext, TriggerScope } from "./context.ts";
import { problem, replaceFix } from "./findings.ts";
import { declareImplicit } from "./scope.ts";
import { checkStatements } from "./statements.ts";
import { checkCallee, rowsGiven, triggerRoutine } from "./trigger-callee.ts";
import { checkTriggerTarget } from "./trigger-target.ts";
import { storedHeader, type TriggerHeader, type TriggerShape } from "./trigger-shape.ts";
import { rowOf } from "./type-nodes.ts";

function scopeOf(ctx: CheckContext, shape: TriggerHeader): TriggerScope {
  const row = shape.table === undefined ? undefined : rowOf(ctx, shape.schema, shape.table);
  return { timing: shape.timings[0] ?? "before", each: shape.each, row, events: shape.events.join(" or ") };
}

/** NEW and OLD as the events have them: one that does not exist for some event may be null, one that exists for none is not there. */
function rowVariables(
  shape: TriggerHeader,
  row: StructType | undefined,
): { readonly fresh: Type | undefined; readonly old: Type | undefined } {
  const type: Type = row ?? ANY;
  const fresh: Type =
    row === undefined || shape.timings.every((timing) => timing === "after") ? type : beforeChecks(row);
  const { events } = shape;
  const all = events.length === 0 ? (["insert", "update"] as const) : events;
  const hasNew = all.filter((event) => event !== "delete").length;
  const hasOld = all.filter((event) => event === "update" || event === "delete").length;
  const upserts = all.includes("upsert") ? 1 : 0;
  return {
    fresh: hasNew === 0 ? undefined : hasNew === all.length ? fresh : nullable(fresh),
    old: hasOld + upserts === 0 ? undefined : hasOld === all.length ? type : nullable(type),
  };
}

/** A row before NOT NULL is checked: any column may be null, so that a trigger can fill it in. */
function beforeChecks(row: StructType): StructType {
  return { ...row, fields: row.fields.map((field) => ({ ...field, type: nullable(field.type) })) };
}

function declareRows(ctx: CheckContext, shape: TriggerHeader, trigger: TriggerScope): void {
  if (trigger.each === "statement") {
    const rows = tableOf(trigger.row);
    if (shape.events.some((event) => event !== "delete")) declareImplicit(ctx, "inserted", "row", rows);
    if (shape.events.some((event) => event !== "insert")) declareImplicit(ctx, "deleted", "row", rows);
    return;
  }
  const { fresh, old } = rowVariables(shape, trigger.row);
  if (fresh !== undefined) declareImplicit(ctx, "NEW", "row", fresh);
  if (old !== undefined) declareImplicit(ctx, "OLD", "row", old);
}

/** Stored triggers that the file does not declare anew. */
export function storedTriggers(setting: ModuleSetting, own: readonly TriggerShape[]): readonly TriggerHeader[] {
  const names = new Set(own.map((shape) => foldName(shape.declaration.name.text)));
  return setting.catalog
    .triggers()
    .filter((trigger) => !names.has(foldName(trigger.name)))
    .map((trigger) => storedHeader(trigger.declaration));
}

/** Triggers that call a procedure of this name, by `call`, by `trig`, or by their own name. */
export function triggersCalling(
  triggers: readonly TriggerHeader[],
  declaration: RoutineDeclaration,
): readonly TriggerHeader[] {
  const name = foldName(declaration.name.text);
  const bound = new Set(
    namesOf(declaration.metadata?.entries.find((entry) => foldName(entry.key.text) === "trig")?.value).map(foldName),
  );
  return triggers.filter((shape) => {
    const call = nameOf(shape.call?.value);
    if (call !== undefined) return foldName(call) === name;
    return (
      shape.declaration.body === undefined &&
      (bound.has(foldName(shape.declaration.name.text)) || foldName(shape.declaration.name.text) === name)
    );
  });
}

/** The context of a procedure that a trigger calls: NEW and OLD of the target are visible. Triggers of several tables have rows of any shape. */
export function inTrigger(
  ctx: CheckContext,
  declaration: RoutineDeclaration,
  callers: readonly TriggerHeader[],
): CheckContext {
  const [first] = callers;
  if (first === undefined) return inPendingTrigger(ctx, declaration);
  const tables = new Set(callers.map((shape) => `${foldName(shape.schema ?? "main")}.${foldName(shape.table ?? "")}`));
  const shape: TriggerHeader = {
    ...first,
    timings: [...new Set(callers.flatMap(({ timings }) => timings))].sort((left) => (left === "after" ? 1 : -1)),
    events: [...new Set(callers.flatMap(({ events }) => events))],
    ...(tables.size > 1 ? { table: undefined } : {}),
  };
  const trigger = scopeOf(ctx, shape);
  const inner: CheckContext = { ...ctx, owner: { ...ctx.owner, trigger } };
  declareRows(inner, shape, trigger);
  // A parameter of that name is the row.
  for (const parameter of declaration.parameters ?? []) inner.scope.names.delete(foldName(parameter.name.text));
  return inner;
}

/** A procedure that no known trigger calls: one that says so (`trig`), or that reads NEW or OLD, is for a trigger that comes later. */
function inPendingTrigger(ctx: CheckContext, declaration: RoutineDeclaration): CheckContext {
  if (boundElsewhere(declaration)) return inUnknownTrigger(ctx, declaration);
  const read = declaration.receiver === undefined ? rowRead(declaration) : undefined;
  if (read === undefined) return ctx;
  problem(ctx, "PendingRows", read, { routine: declaration.name.text });
  return inUnknownTrigger(ctx, declaration);
}

/** Where a body first names NEW or OLD and means the row: no parameter and nothing in the body is called so. */
function rowRead(declaration: RoutineDeclaration): NameExpression["span"] | undefined {
  const declared = new Set(declaration.parameters?.map((parameter) => foldName(parameter.name.text)));
  const reads: NameExpression[] = [];
  const visit = (node: object): void => {
    const kind = "kind" in node ? node.kind : undefined;
    if (kind === "member" && "object" in node) {
      const { object } = node as { readonly object: Expression };
      if (object.kind === "name") reads.push(object);
    }
    // A name that stands neither for a value nor for a field is one that is declared.
    if (kind === undefined && "text" in node && "quote" in node) declared.add(foldName(String(node.text)));
    for (const [key, part] of Object.entries(node)) {
      if (typeof part !== "object" || part === null) continue;
      if (key === "name" && (kind === "name" || kind === "member")) continue;
      visit(part);
    }
  };
  if (declaration.body !== undefined) visit(declaration.body);
  return reads.find((read) => ROWS.has(foldName(read.name.text)) && !declared.has(foldName(read.name.text)))?.span;
}

const ROWS: ReadonlySet<string> = new Set(["new", "old"]);

/** Whether the metadata names triggers: one that is not in this file may be stored, or come later. */
function boundElsewhere(declaration: RoutineDeclaration): boolean {
  return namesOf(declaration.metadata?.entries.find((entry) => foldName(entry.key.text) === "trig")?.value).length > 0;
}

/** A trigger of which only the name is known: its rows are any. */
function inUnknownTrigger(ctx: CheckContext, declaration: RoutineDeclaration): CheckContext {
  const trigger: TriggerScope = {
    timing: "before",
    each: "row",
    row: undefined,
    events: "a trigger that is not known here",
  };
  const inner: CheckContext = { ...ctx, owner: { ...ctx.owner, trigger } };
  const taken = new Set(declaration.parameters?.map((parameter) => foldName(parameter.name.text)));
  for (const name of ["NEW", "OLD"]) if (!taken.has(foldName(name))) declareImplicit(inner, name, "row", ANY);
  return inner;
}

/** Declares a trigger as a routine without parameters, so that statements anywhere in the file know what they fire. */
export function declareTrigger(setting: ModuleSetting, { declaration, item }: TriggerShape): void {
  declareBody(setting, item, declaration, triggerRoutine(declaration));
}

/** Checks a trigger's body or callee. */
export function checkTrigger(
  setting: ModuleSetting,
  shape: TriggerShape,
): { readonly info: RoutineInfo; readonly ctx: CheckContext } {
  const { declaration, item } = shape;
  const info = required(setting.state.routines.get(declaration), `declared trigger ${declaration.name.text}`);
  const header = bodyContext(setting, item, { kind: "trigger", name: declaration.name.text, level: 0 });
  const trigger = scopeOf(header, shape);
  const ctx = bodyContext(setting, item, { kind: "trigger", name: declaration.name.text, info, trigger, level: 0 });
  declareRows(ctx, shape, trigger);
  const binding = checkCallee(ctx, shape);
  const unbound = binding.kind === "unbound";
  if (!unbound && !setting.state.holes.has(item)) checkTriggerTarget(ctx, shape);
  const when = whenOf(ctx, shape);
  setting.state.triggerFacts.set(declaration, {
    timings: shape.timings,
    each: shape.each,
    callee: binding.kind === "routine" ? binding.routine : undefined,
    given: binding.kind === "routine" ? rowsGiven(ctx, shape, binding.routine) : [],
    when,
  });
  if (when !== undefined) ctx.flow = ctx.rules.checkCondition(ctx, when).whenTrue;
  if (declaration.body !== undefined) checkStatements(ctx, declaration.body.statements);
  return { info, ctx };
}

/** The condition, of the SQL form or of the key `when`. A quoted one is refused: nothing in a text is checked. */
function whenOf(ctx: CheckContext, shape: TriggerShape): Expression | undefined {
  const entry = shape.entries.get("when");
  if (entry === undefined || !("kind" in entry.value)) return shape.declaration.when;
  if (entry.value.kind !== "string") return entry.value;
  const { span, value } = entry.value;
  problem(
    ctx,
    "WrongKeyType",
    span,
    { key: entry.key.text, expected: "a condition", found: "a text" },
    { help: "Write the condition without quotes.", fixes: [replaceFix("Remove the quotes", span, value)] },
  );
  return undefined;
}
