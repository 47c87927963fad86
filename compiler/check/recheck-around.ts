// What is around an edited file, before and now: its imports by what they show, its catalog, the outlines of its routines.
// Checks of imports share their tables with later ones, so what an import showed is kept as text.
import { catalogWithFile } from "../catalog/file.ts";
import type { CatalogView } from "../catalog-view.ts";
import { effectsToJson } from "../effects/print.ts";
import { isDeterministic, isReadOnly, mayWrite } from "../effects/join.ts";
import type { Item, Module } from "../syntax/tree.ts";
import { foldName } from "../types/make.ts";
import { showType } from "../types/show.ts";
import type { ModuleSetting } from "./bodies.ts";
import type { CheckedBodies } from "./check.ts";
import type { CheckedModule, RoutineInfo } from "./checked.ts";
import type { Environment } from "./context.ts";
import type { Surroundings } from "./recheck-plan.ts";
import { isDdl } from "./recheck-reach.ts";
import { wordsIn } from "./recheck-words.ts";
import { exportedRoutines } from "./routines.ts";

/** One thing that an import shows: the object that stands for it, and its outline. */
interface Shown {
  readonly object: object;
  readonly outline: string;
}

/** What the imports of a file show, by the import's folded name, then by the thing's. */
export type Imported = ReadonlyMap<
  string,
  { readonly checked: CheckedModule; readonly shown: ReadonlyMap<string, Shown> }
>;

/** What imports show now; taken from `before` for those that are the same. */
export function importedOf(imports: ReadonlyMap<string, CheckedModule>, before: Imported | undefined): Imported {
  return new Map(
    [...imports].map(([name, checked]) => {
      const known = before?.get(name);
      return [name, known?.checked === checked ? known : { checked, shown: shownBy(checked) }] as const;
    }),
  );
}

function shownBy(checked: CheckedModule): ReadonlyMap<string, Shown> {
  const shown = new Map<string, Shown>();
  const add = (name: string, object: object, outlineText: string): void => {
    const key = foldName(name);
    const before = shown.get(key);
    shown.set(key, { object, outline: `${before?.outline ?? ""}${outlineText}` });
  };
  for (const routine of exportedRoutines(checked))
    add(routine.name, routine, `${outlineOf(routine)} ${effectsToJson(routine.effects)}`);
  for (const [name, struct] of checked.structs)
    add(name, struct, struct.fields.map((field) => `${field.name} ${showType(field.type)}`).join(", "));
  for (const [name, type] of checked.enums) add(name, type, JSON.stringify(type.values));
  for (const [name, error] of checked.errors)
    add(
      name,
      error,
      `${error.parent ?? ""} ${error.fields.map(({ name: field, type }) => `${field} ${showType(type)}`).join(", ")}`,
    );
  return shown;
}

/** Folded names of what is not shown any more, or looks or is different. */
function difference(before: Imported, now: Imported): ReadonlySet<string> {
  const names = new Set<string>();
  for (const key of new Set([...before.keys(), ...now.keys()])) {
    const [then, next] = [before.get(key), now.get(key)];
    if (then === next) continue;
    if (then === undefined || next === undefined) names.add(key);
    for (const name of new Set([...(then?.shown.keys() ?? []), ...(next?.shown.keys() ?? [])])) {
      const [old, fresh] = [then?.shown.get(name), next?.shown.get(name)];
      if (old === undefined || old.object !== fresh?.object || old.outline !== fresh.outline) names.add(name);
    }
  }
  // What looks the same may hold what does not.
  const all = [...before.values(), ...now.values()].flatMap(({ shown }) => [...shown]);
  for (let size = -1; size !== names.size; ) {
    size = names.size;
    for (const [name, { outline }] of all) if (holdsOne(outline, names)) names.add(name);
  }
  return names;
}

function holdsOne(text: string, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  for (const word of wordsIn(text)) if (names.has(word)) return true;
  return false;
}

/**
 * What the imports of a version show, when they are not those of the version before, or show something else.
 * "unknown": that cannot be told, because files import each other in a circle.
 */
export function importsAgain(known: Known, module: Module, environment: Environment): Imported | "unknown" | undefined {
  const found = new Map<string, CheckedModule>();
  for (const { statement } of module.items) {
    if (statement.kind !== "import") continue;
    const imported = environment.importModule(statement.path ?? statement.name.text, module.file.name);
    if (imported === undefined) continue;
    const key = foldName(statement.name.text);
    const then = known.imported.get(key)?.checked;
    // A library module is checked once for all; another one must be known to be as it was.
    const now =
      environment.checkedModule?.(imported) ??
      (isLibrary(imported)
        ? then?.module === imported
          ? then
          : known.setting.rules.checkOther(imported, environment, "module")
        : undefined);
    if (now === undefined) return "unknown";
    found.set(key, now);
  }
  const isSame =
    sameItems(known.setting.state.module, module, ({ statement }) => statement.kind === "import") &&
    found.size === known.imported.size &&
    [...found].every(([key, checked]) => known.imported.get(key)?.checked === checked);
  return isSame ? undefined : importedOf(found, known.imported);
}

function isLibrary(module: Module): boolean {
  return module.file.name.startsWith("stdlib/");
}

/** What callers see of a routine, as text: its header, and what decides where it may be called. */
export function outlineOf(info: RoutineInfo): string {
  const { effects } = info;
  const parameters = info.parameters.map((each) => [
    each.name,
    showType(each.type),
    each.mode,
    each.hasDefault,
    each.variadic,
  ]);
  return JSON.stringify([
    info.receiver === undefined ? "" : showType(info.receiver.type),
    parameters,
    showType(info.result),
    info.mode,
    info.raises,
    info.operators.length,
    isReadOnly(effects),
    isDeterministic(effects),
    mayWrite(effects),
    effects.output,
  ]);
}

/** The surroundings of the next check. */
export interface Around extends Surroundings {
  /** The catalog with the file's own tables as they are now. */
  readonly catalog: () => CatalogView;
}

/** What was known before. */
interface Known {
  readonly setting: ModuleSetting;
  readonly bodies: CheckedBodies;
  readonly imported: Imported;
}

/** The surroundings of a new version. `imports`: what they show now; undefined: as before. */
export function aroundOf(
  known: Known,
  module: Module,
  environment: Environment,
  imports: Imported | undefined,
): Around {
  const { state, catalog: before } = known.setting;
  let now: CatalogView | undefined;
  const catalog = (): CatalogView =>
    (now ??= sameItems(state.module, module, ({ statement }) => isDdl(statement))
      ? before
      : catalogWithFile(environment.catalog, module));
  let outlines: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  return {
    imported: imports === undefined ? new Set() : difference(known.imported, imports),
    importsChanged: imports !== undefined,
    catalog,
    catalogs: () => (catalog() === before ? [before] : [before, catalog()]),
    get outlines() {
      return (outlines ??= outlinesOf(known.bodies));
    },
    stored: known.bodies.callers,
  };
}

function outlinesOf(bodies: CheckedBodies): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(bodies.bodies.map(({ info }) => [foldName(info.name), wordsIn(outlineOf(info))]));
}

/** Whether two versions have the same statements of a sort in the same order. */
function sameItems(before: Module, after: Module, test: (item: Item) => boolean): boolean {
  const then = before.items.filter(test);
  const now = after.items.filter(test);
  return then.length === now.length && then.every((item, at) => item.statement === now[at]?.statement);
}
