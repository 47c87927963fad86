// Finding routines by name: the module's own, imported ones, stored ones of the catalog, the standard library. In that order; built-in functions come after.
import type { CatalogRoutine } from "../catalog-view.ts";
import { effectsFromJson } from "../effects/print.ts";
import { NO_EFFECTS } from "../effects/join.ts";
import { couldAssign } from "../types/could-assign.ts";
import { foldName } from "../types/make.ts";
import { typeFromText } from "../types/from-text.ts";
import type { Type } from "../types/type.ts";
import type { RoutineInfo, Variable } from "./checked.ts";
import type { CheckContext, ModuleState } from "./context.ts";

/** All routines of a name, methods included, from the nearest place that has any. */
export function routinesNamed(ctx: CheckContext, name: string): readonly RoutineInfo[] {
  const key = foldName(name);
  const own = ctx.state.routineIndex.get(key);
  if (own !== undefined && own.length > 0) return own;
  const known = ctx.state.routineCache.get(key);
  if (known !== undefined) return known;
  const found = findOutside(ctx, name);
  ctx.state.routineCache.set(key, found);
  return found;
}

function findOutside(ctx: CheckContext, name: string): readonly RoutineInfo[] {
  for (const imported of ctx.state.imports.values()) {
    const exported = exportedRoutines(imported, name);
    if (exported.length > 0) return exported;
  }
  const stored = ctx.catalog.routines(name);
  if (stored.length > 0) return stored.map((routine) => storedRoutine(ctx, routine));
  const module = ctx.state.environment.standardModule(foldName(name));
  if (module === undefined || module === ctx.state.module) return [];
  const checked = ctx.rules.checkOther(module, ctx.state.environment, "stdlib");
  if (checked === undefined) return [];
  ctx.state.uses.add(checked);
  return exportedRoutines(checked, name);
}

/** The routines of a name, or all, that a checked module shows to others: those marked `export`, all when it marks none. */
export function exportedRoutines(
  module: { readonly routines: ReadonlyMap<object, RoutineInfo> },
  name?: string,
): readonly RoutineInfo[] {
  const key = name === undefined ? undefined : foldName(name);
  const routines = [...module.routines].flatMap(([node, routine]) =>
    (node as { readonly kind?: string }).kind === "routine" ? [routine] : [],
  );
  const marked = routines.some((routine) => routine.declaration.exported);
  return routines.filter(
    (routine) => (!marked || routine.declaration.exported) && (key === undefined || foldName(routine.name) === key),
  );
}

/** The function or procedure that `name(…)` means, or the method when a receiver type is given. */
export function resolveRoutine(
  ctx: CheckContext,
  name: string,
  receiver: Type | undefined,
  version?: number,
): RoutineInfo | undefined {
  const candidates = routinesNamed(ctx, name).filter(
    (routine) => version === undefined || routine.version === undefined || routine.version === version,
  );
  if (receiver === undefined) return candidates.find((routine) => routine.receiver === undefined);
  return candidates.find((routine) => routine.receiver !== undefined && couldAssign(receiver, routine.receiver.type));
}

/** Names of all routines that could be meant, for suggestions. */
export function routineNames(ctx: CheckContext): readonly string[] {
  const own = [...ctx.state.routineIndex.values()].flatMap((routines) => routines.map((routine) => routine.name));
  return [...own, ...ctx.catalog.routineNames(), ...ctx.state.environment.standardNames()];
}

/** A stored routine from the signature that was inferred when it was stored. */
function storedRoutine(ctx: CheckContext, stored: CatalogRoutine): RoutineInfo {
  const { declaration, signature } = stored;
  const read = (text: string): Type => typeFromText(text, (name) => namedType(ctx.state, name, ctx));
  const parameters = (declaration.parameters ?? []).map((node, index) => {
    const type = read(signature.parameters[index] ?? "any");
    const variable: Variable = {
      id: -1,
      name: node.name.text,
      kind: "parameter",
      type,
      declaredAt: undefined,
      item: ctx.item,
      assigned: false,
      used: true,
      reasons: [],
    };
    return {
      name: node.name.text,
      node,
      variable,
      type,
      declared: signature.parameters[index],
      mode: node.mode,
      hasDefault: node.default !== undefined,
      variadic: node.variadic,
    };
  });
  const receiver =
    declaration.receiver === undefined
      ? undefined
      : {
          type: ctx.rules.typeFromNode(ctx, declaration.receiver.type),
          binding: declaration.receiver.binding?.text ?? "self",
        };
  return {
    name: stored.name,
    routine: declaration.routine,
    origin: "catalog",
    declaration,
    item: undefined,
    receiver,
    parameters,
    result: read(signature.result),
    mode: signature.mode,
    raises: declaration.raises === undefined ? undefined : signature.raises,
    effects: { ...(effectsFromJson(signature.effectsJson) ?? NO_EFFECTS), raises: signature.raises },
    version: stored.version,
    operators: [],
  };
}

function namedType(state: ModuleState, name: string, ctx: CheckContext): Type | undefined {
  const key = foldName(name);
  for (const [declared, struct] of state.structs) if (foldName(declared) === key) return struct;
  for (const [declared, type] of state.enums) if (foldName(declared) === key) return type;
  return ctx.rules.typeNamed(ctx, name);
}
