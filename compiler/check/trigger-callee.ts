// What a trigger without a body calls, and which of its rows the parameters of a called procedure get (LANGUAGE.md 8, 15.11).
import type { ConfigEntry, Name, RoutineDeclaration, TriggerDeclaration } from "../syntax/tree.ts";
import { assignType } from "../types/assign.ts";
import { foldName, tableOf } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import { bodyRoutine } from "./bodies.ts";
import type { RoutineInfo, TriggerRow } from "./checked.ts";
import { nameOf, namesOf, setOf } from "./config-values.ts";
import type { CheckContext } from "./context.ts";
import { lateSeverity, nearest, problem, replaceFix } from "./findings.ts";
import { recordCallee } from "./frames.ts";
import { resolveRoutine, routineNames } from "./routines.ts";
import type { TriggerShape } from "./trigger-shape.ts";
import { rowOf } from "./type-nodes.ts";

/** How a trigger is bound. `late`: to something that only the catalog knows, or that is reported; `unbound`: to nothing yet. */
export type TriggerBinding =
  | { readonly kind: "body" | "late" | "unbound" }
  | { readonly kind: "routine"; readonly routine: RoutineInfo };

/** The rows that exist for a trigger's events, NEW first. */
function rowsOfEvents(shape: TriggerShape): readonly TriggerRow[] {
  const events = shape.events.length === 0 ? (["insert", "update"] as const) : shape.events;
  return [
    ...(events.some((event) => event !== "delete") ? (["new"] as const) : []),
    ...(events.some((event) => event !== "insert") ? (["old"] as const) : []),
  ];
}

const ROW_PARAMETERS: Readonly<Record<string, TriggerRow>> = {
  new: "new",
  inserted: "new",
  old: "old",
  deleted: "old",
};

/**
 * What each parameter of the called routine gets: by its name (new, old, inserted, deleted), else the rows in order, NEW first; undefined: its default.
 * Reports a parameter that no row is left for, and one of another type.
 */
export function rowsGiven(
  ctx: CheckContext,
  shape: TriggerShape,
  routine: RoutineInfo,
): readonly (TriggerRow | undefined)[] {
  const rows = rowsOfEvents(shape);
  const named = routine.parameters.map((parameter) => ROW_PARAMETERS[foldName(parameter.name)]);
  const rest = rows.filter((row) => !named.includes(row));
  const span = shape.call?.value.span ?? shape.declaration.name.span;
  const row = shape.table === undefined ? undefined : rowOf(ctx, shape.schema, shape.table);
  const given: Type = shape.each === "statement" ? tableOf(row) : (row ?? { kind: "any" });
  return routine.parameters.map((parameter, index) => {
    const open = parameter.hasDefault || parameter.mode === "out";
    const source = named[index] ?? (open ? undefined : rest.shift());
    if (source === undefined) {
      if (!open) problem(ctx, "TriggerArgument", span, { name: parameter.name, routine: routine.name });
      return undefined;
    }
    const mismatch = assignType(given, parameter.type);
    if (mismatch !== undefined)
      problem(ctx, "TypeMismatch", span, {
        expected: `${parameter.name} as ${showType(parameter.type)}`,
        found: showType(given),
      });
    return source;
  });
}

/** What a trigger without a body calls. */
export function checkCallee(ctx: CheckContext, shape: TriggerShape): TriggerBinding {
  const { declaration } = shape;
  if (declaration.body !== undefined) return { kind: "body" };
  const exe = setOf(shape.entries.get("exe")?.value) ?? [];
  const call = nameOf(shape.call?.value);
  if (call === undefined) return bindByName(ctx, shape, exe);
  const routine = resolveRoutine(ctx, call, undefined);
  if (routine !== undefined) {
    recordCallee(ctx, routine, shape.call?.value.span ?? declaration.name.span);
    return { kind: "routine", routine };
  }
  const isPipeline = exe.includes("pipeline") && hasPipeline(ctx, call);
  if (!isPipeline) reportCallee(ctx, call, shape.call);
  return { kind: "late" };
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

function bindByName(ctx: CheckContext, shape: TriggerShape, exe: readonly string[]): TriggerBinding {
  const { declaration } = shape;
  if (declaration.config === undefined || declaration.config.hasHole) return { kind: "late" };
  const routine = boundRoutine(ctx, declaration.name);
  if (routine !== undefined) {
    recordCallee(ctx, routine, declaration.name.span);
    return { kind: "routine", routine };
  }
  if (exe.includes("pipeline") && hasPipeline(ctx, declaration.name.text)) return { kind: "late" };
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
  return { kind: "unbound" };
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

/** A trigger seen as a routine without parameters. */
export function triggerRoutine(declaration: TriggerDeclaration): RoutineDeclaration {
  return bodyRoutine(declaration, declaration.verb, declaration.ifNotExists);
}
