// Which types, errors and used modules of a file stay when a part of it is checked anew.
import type { Item } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import type { CheckedModule } from "./checked.ts";
import type { Finding, ModuleState } from "./context.ts";
import type { Imported } from "./recheck-around.ts";
import type { Part } from "./recheck-plan.ts";

/** Names of errors or types that these items declared by using them. */
export function declaredByUse(
  what: "ImplicitError" | "ImplicitType",
  findings: readonly Finding[],
  items: readonly Item[],
): readonly string[] {
  const among = new Set(items);
  return findings.flatMap(({ name, place }) =>
    name === what && among.has(place.item)
      ? [place.item.text.slice(place.span.start, place.span.end).replaceAll("`", "")]
      : [],
  );
}

/** Types and errors without those that the dropped items declared, and without those of imports when these are read anew. */
export function typesThatStay(
  before: ModuleState,
  part: Part,
  known: { readonly own: readonly Finding[]; readonly imported: Imported },
): Pick<ModuleState, "structs" | "enums" | "errors"> {
  const declared = new Set(part.dropped.flatMap((item) => declaredName(item) ?? []));
  const imported = new Set([...known.imported.values()].flatMap(({ shown }) => [...shown.keys()]));
  // Those that the database knows stand there as soon as they are used: what is not as it was is asked for again.
  for (const name of part.reached) if (!imported.has(name)) declared.add(name);
  const errors = withoutNames(before.errors, declared);
  for (const name of declaredByUse("ImplicitError", known.own, part.dropped)) errors.delete(name);
  if (part.imports) {
    const own = new Set(before.module.items.flatMap((item) => declaredName(item) ?? []));
    const used = new Set(declaredByUse("ImplicitError", known.own, before.module.items));
    for (const name of errors.keys())
      if (imported.has(foldName(name)) && !own.has(foldName(name)) && !used.has(name)) errors.delete(name);
  }
  const structs = withoutNames(before.structs, declared);
  for (const name of declaredByUse("ImplicitType", known.own, part.dropped)) structs.delete(name);
  return { structs, enums: withoutNames(before.enums, declared), errors };
}

function declaredName({ statement }: Item): string | undefined {
  const { kind } = statement;
  return kind === "struct" || kind === "enum" || kind === "error" ? foldName(statement.name.text) : undefined;
}

function withoutNames<T>(map: ReadonlyMap<string, T>, names: ReadonlySet<string>): Map<string, T> {
  return new Map([...map].filter(([name]) => !names.has(foldName(name))));
}

/** Modules that are used besides the imports. */
export function usesThatStay(before: ModuleState): Set<CheckedModule> {
  const imports = new Set(before.imports.values());
  return new Set([...before.uses].filter((used) => !imports.has(used)));
}

/** Puts types and errors into the order of a check from scratch: suggestions take the first of several that are equally near. */
export function inOrderOfFile(state: ModuleState): void {
  const places = new Map<string, number>();
  for (const { errors } of state.imports.values()) for (const name of errors.keys()) places.set(foldName(name), -1);
  for (const [at, item] of state.module.items.entries()) {
    const name = declaredName(item);
    if (name !== undefined) places.set(name, at);
  }
  sortBy(state.structs, places);
  sortBy(state.enums, places);
  sortBy(state.errors, places);
}

/** What has no place, because it was declared by its use, comes last. */
function sortBy<T>(map: Map<string, T>, places: ReadonlyMap<string, number>): void {
  const placeOf = ([name]: [string, T]): number => places.get(foldName(name)) ?? Number.MAX_SAFE_INTEGER;
  const sorted = [...map].sort((left, right) => placeOf(left) - placeOf(right));
  map.clear();
  for (const [name, type] of sorted) map.set(name, type);
}
