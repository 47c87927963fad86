// Triggers: configuration or SQL form to one shape, their rows, what they call, and their bodies with typed NEW and OLD (LANGUAGE.md 8).
import type { ConfigEntry, Item, Name, QualifiedName, RoutineDeclaration, TriggerDeclaration } from "../syntax/tree.ts";
import { NO_EFFECTS } from "../effects/join.ts";
import { ANY, VOID, foldName, nullable, tableOf } from "../types/make.ts";
import type { StructType, Type } from "../types/type.ts";
import { bodyContext, type ModuleSetting } from "./bodies.ts";
import type { RoutineInfo } from "./checked.ts";
import { checkConfig, nameOf, namesOf, setOf } from "./config-values.ts";
import type { CheckContext, TriggerScope } from "./context.ts";
import { lateSeverity, nearest, problem, replaceFix } from "./findings.ts";
import { recordCallee } from "./frames.ts";
import { resolveRoutine, routineNames } from "./routines.ts";
import { declareImplicit } from "./scope.ts";
import { checkStatements } from "./statements.ts";
import { rowOf } from "./type-nodes.ts";

type TriggerEvent = TriggerDeclaration["events"][number]["event"];

/** A trigger, however it was written. */
export interface TriggerShape {
  readonly declaration: TriggerDeclaration;
  readonly item: Item;
  readonly timings: readonly TriggerScope["timing"][];
  readonly events: readonly TriggerEvent[];
  readonly table: string | undefined;
  readonly schema: string | undefined;
  readonly tableSpan: QualifiedName["span"];
  readonly each: "row" | "statement";
  readonly call: ConfigEntry | undefined;
  readonly entries: ReadonlyMap<string, ConfigEntry>;
}

/** Reads and checks the headers of all triggers of the module. */
export function readTriggers(setting: ModuleSetting): readonly TriggerShape[] {
  const shapes: TriggerShape[] = [];
  const seen = new Map<string, TriggerDeclaration>();
  for (const item of setting.state.module.items) {
    if (item.statement.kind !== "trigger") continue;
    const declaration = item.statement;
    const ctx = bodyContext(setting, item, { kind: "trigger", name: declaration.name.text, level: 0 });
    const key = foldName(declaration.name.text);
    if (seen.has(key) && declaration.verb === "create")
      problem(ctx, "DoubleDeclaration", declaration.name.span, {
        name: declaration.name.text,
        other: seen.get(key)?.name.text ?? "",
      });
    seen.set(key, declaration);
    shapes.push(readTrigger(ctx, item, declaration));
  }
  return shapes;
}

function readTrigger(ctx: CheckContext, item: Item, declaration: TriggerDeclaration): TriggerShape {
  const entries =
    declaration.config === undefined
      ? new Map<string, ConfigEntry>()
      : checkConfig(ctx, declaration.config, "trigger", "A trigger");
  const target = nameOf(entries.get("target")?.value)?.split(".");
  const parts = declaration.target?.parts.map((part) => part.text) ?? target;
  const timings = (
    declaration.timing === undefined ? (setOf(entries.get("timing")?.value) ?? ["before"]) : [declaration.timing]
  ) as TriggerScope["timing"][];
  const events = (
    declaration.events.length > 0
      ? declaration.events.map((each) => each.event)
      : (setOf(entries.get("event")?.value) ?? [])
  ) as TriggerEvent[];
  const complete = declaration.config === undefined || declaration.config.hasHole;
  if (!complete)
    for (const key of ["event", "target"])
      if (!entries.has(key))
        problem(ctx, "MissingKey", declaration.name.span, { key, owner: `Trigger ${declaration.name.text}` });
  return {
    declaration,
    item,
    timings,
    events,
    table: parts?.at(-1),
    schema: parts !== undefined && parts.length > 1 ? parts[0] : undefined,
    tableSpan: declaration.target?.span ?? entries.get("target")?.value.span ?? declaration.name.span,
    each: declaration.each ?? (nameOf(entries.get("each")?.value)?.toLowerCase() === "statement" ? "statement" : "row"),
    call: entries.get("call"),
    entries,
  };
}

function scopeOf(ctx: CheckContext, shape: TriggerShape): TriggerScope {
  const row = shape.table === undefined ? undefined : rowOf(ctx, shape.schema, shape.table);
  return { timing: shape.timings[0] ?? "before", each: shape.each, row, events: shape.events.join(" or ") };
}

/** NEW and OLD as the events have them: one that does not exist for some event may be null, one that exists for none is not there. */
function rowVariables(
  shape: TriggerShape,
  row: StructType | undefined,
): { readonly fresh: Type | undefined; readonly old: Type | undefined } {
  const type: Type = row ?? ANY;
  const { events } = shape;
  const all = events.length === 0 ? (["insert", "update"] as const) : events;
  const hasNew = all.filter((event) => event !== "delete").length;
  const hasOld = all.filter((event) => event === "update" || event === "delete").length;
  const upserts = all.includes("upsert") ? 1 : 0;
  return {
    fresh: hasNew === 0 ? undefined : hasNew === all.length ? type : nullable(type),
    old: hasOld + upserts === 0 ? undefined : hasOld === all.length ? type : nullable(type),
  };
}

function declareRows(ctx: CheckContext, shape: TriggerShape, trigger: TriggerScope): void {
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

/** Triggers that call a procedure of this name, by `call`, by `trig`, or by their own name. */
export function triggersCalling(
  triggers: readonly TriggerShape[],
  declaration: RoutineDeclaration,
): readonly TriggerShape[] {
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

/** The context of a procedure that a trigger calls: NEW and OLD of the target are visible. */
export function inTrigger(
  ctx: CheckContext,
  declaration: RoutineDeclaration,
  callers: readonly TriggerShape[],
): CheckContext {
  const [shape] = callers;
  if (shape === undefined) return boundElsewhere(declaration) ? inUnknownTrigger(ctx) : ctx;
  const trigger = scopeOf(ctx, shape);
  const inner: CheckContext = { ...ctx, owner: { ...ctx.owner, trigger } };
  declareRows(inner, shape, trigger);
  return inner;
}

/** Whether the metadata names triggers: one that is not in this file may be stored, or come later. */
function boundElsewhere(declaration: RoutineDeclaration): boolean {
  return namesOf(declaration.metadata?.entries.find((entry) => foldName(entry.key.text) === "trig")?.value).length > 0;
}

/** A trigger of which only the name is known: its rows are any. */
function inUnknownTrigger(ctx: CheckContext): CheckContext {
  const trigger: TriggerScope = {
    timing: "before",
    each: "row",
    row: undefined,
    events: "a trigger that is not known here",
  };
  const inner: CheckContext = { ...ctx, owner: { ...ctx.owner, trigger } };
  declareImplicit(inner, "NEW", "row", ANY);
  declareImplicit(inner, "OLD", "row", ANY);
  return inner;
}

/** Checks a trigger's body or callee. */
export function checkTrigger(
  setting: ModuleSetting,
  shape: TriggerShape,
): { readonly info: RoutineInfo; readonly ctx: CheckContext } {
  const { declaration, item } = shape;
  const info: RoutineInfo = {
    name: declaration.name.text,
    routine: "procedure",
    origin: setting.state.origin,
    declaration: triggerRoutine(declaration),
    item,
    receiver: undefined,
    parameters: [],
    result: VOID,
    mode: "sync",
    raises: undefined,
    effects: NO_EFFECTS,
    version: undefined,
    operators: [],
  };
  setting.state.routines.set(declaration, info);
  const header = bodyContext(setting, item, { kind: "trigger", name: declaration.name.text, level: 0 });
  const trigger = scopeOf(header, shape);
  const ctx = bodyContext(setting, item, { kind: "trigger", name: declaration.name.text, info, trigger, level: 0 });
  declareRows(ctx, shape, trigger);
  const callee = checkCallee(ctx, shape);
  const unbound = callee === "unbound";
  if (shape.table !== undefined && !unbound && trigger.row === undefined && !setting.state.holes.has(item)) {
    const near = nearest(shape.table, ctx.catalog.tableNames());
    problem(
      ctx,
      "UnknownTarget",
      shape.tableSpan,
      { name: shape.table },
      { severity: lateSeverity(ctx), ...(near === undefined ? {} : { help: `Did you mean ${near}?` }) },
    );
  }
  const when = declaration.when;
  if (when !== undefined) ctx.flow = ctx.rules.checkCondition(ctx, when).whenTrue;
  if (declaration.body !== undefined) checkStatements(ctx, declaration.body.statements);
  if (shape.table !== undefined) {
    const key = foldName(shape.table);
    setting.state.triggers.set(key, [...(setting.state.triggers.get(key) ?? []), info]);
  }
  return { info, ctx };
}

/** A trigger seen as a routine without parameters. */
function triggerRoutine(declaration: TriggerDeclaration): RoutineDeclaration {
  return {
    kind: "routine",
    routine: "procedure",
    verb: declaration.verb,
    ifNotExists: declaration.ifNotExists,
    name: declaration.name,
    doc: declaration.doc,
    exported: false,
    span: declaration.span,
    receiver: undefined,
    parameters: undefined,
    metadata: undefined,
    raises: undefined,
    returns: undefined,
    mode: undefined,
    security: undefined,
    body: declaration.body,
  };
}

/** What a trigger without a body calls. */
function checkCallee(ctx: CheckContext, shape: TriggerShape): "bound" | "unbound" | "body" {
  const { declaration } = shape;
  if (declaration.body !== undefined) return "body";
  const exe = setOf(shape.entries.get("exe")?.value) ?? [];
  const call = nameOf(shape.call?.value);
  if (call === undefined) return bindByName(ctx, shape);
  const routine = resolveRoutine(ctx, call, undefined);
  if (routine !== undefined) {
    recordCallee(ctx, routine, shape.call?.value.span ?? declaration.name.span);
    return "bound";
  }
  const isPipeline = exe.includes("pipeline") && hasPipeline(ctx, call);
  if (!isPipeline) reportCallee(ctx, call, shape.call);
  return "bound";
}

function hasPipeline(ctx: CheckContext, name: string): boolean {
  const own = ctx.state.module.items.some(
    (item) => item.statement.kind === "pipeline" && foldName(item.statement.name.text) === foldName(name),
  );
  return own || ctx.catalog.hasObject("pipeline", name);
}

/** Reports a callee that does not exist (yet). */
export function reportCallee(ctx: CheckContext, name: string, entry: ConfigEntry | undefined): void {
  const span = entry?.value.span ?? ctx.item.statement.span;
  const near = nearest(name, routineNames(ctx));
  problem(
    ctx,
    "UnknownCallee",
    span,
    { name },
    {
      severity: lateSeverity(ctx),
      ...(near === undefined
        ? {}
        : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, span, `'${near}'`)] }),
    },
  );
}

function bindByName(ctx: CheckContext, shape: TriggerShape): "bound" | "unbound" {
  const { declaration } = shape;
  if (declaration.config === undefined || declaration.config.hasHole) return "bound";
  const routine = boundRoutine(ctx, declaration.name);
  if (routine !== undefined) {
    recordCallee(ctx, routine, declaration.name.span);
    return "bound";
  }
  const last = declaration.config.entries.at(-1);
  const candidate = nearest(declaration.name.text, routineNames(ctx)) ?? `${declaration.name.text}_procedure`;
  const fixes =
    last === undefined
      ? []
      : [
          {
            title: `Call ${candidate}`,
            edits: [{ span: { start: last.span.end, end: last.span.end }, text: `, call: '${candidate}'` }],
          },
        ];
  problem(
    ctx,
    "UnboundTrigger",
    declaration.name.span,
    { name: declaration.name.text },
    { help: `Add call: '…', or write a procedure with trig: ['${declaration.name.text}'].`, fixes },
  );
  return "unbound";
}

/** A procedure with `trig: ['name']`, else one of the trigger's name. */
function boundRoutine(ctx: CheckContext, name: Name): RoutineInfo | undefined {
  const key = foldName(name.text);
  for (const routines of ctx.state.routineIndex.values()) {
    for (const routine of routines) {
      const entry = routine.declaration.metadata?.entries.find((each) => foldName(each.key.text) === "trig");
      if (namesOf(entry?.value).some((trigger) => foldName(trigger) === key)) return routine;
    }
  }
  return resolveRoutine(ctx, name.text, undefined);
}
