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
import type { Environment, Finding } from "./context.ts";
import { type CatalogChange, type RememberingCatalog } from "./recheck-catalog.ts";
import type { Surroundings } from "./recheck-plan.ts";
import { isDdl } from "./recheck-reach.ts";
import { storedHeader } from "./trigger-shape.ts";
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

/** Whether the same names are shown. */
function showsSame(before: Imported, now: Imported): boolean {
  const namesOf = (imported: Imported): string =>
    [...imported.values()]
      .flatMap(({ shown }) => [...shown.keys()])
      .sort()
      .join(" ");
  return namesOf(before) === namesOf(now);
}

function holdsOne(text: string, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  for (const word of wordsIn(text)) if (names.has(word)) return true;
  return false;
}

/**
 * What the imports of a version show, when they are not those of the version before, or show something else.
 * "unknown": that cannot be told, because nobody has checked one of them.
 */
export function importsAgain(known: Known, module: Module, environment: Environment): Imported | "unknown" | undefined {
  const found = new Map<string, CheckedModule>();
  const circles = new Set<string>();
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
    if (now === "circle") circles.add(key);
    else found.set(key, now);
  }
  const circlesBefore = circlesOf(known);
  const isSame =
    sameItems(known.setting.state.module, module, ({ statement }) => statement.kind === "import") &&
    found.size === known.imported.size &&
    [...found].every(([key, checked]) => known.imported.get(key)?.checked === checked) &&
    circles.size === circlesBefore.size &&
    [...circles].every((key) => circlesBefore.has(key));
  return isSame ? undefined : importedOf(found, known.imported);
}

/** Folded names of imports that led back to the file. */
function circlesOf({ own }: Known): ReadonlySet<string> {
  return new Set(
    own.flatMap(({ name, place: { item } }) =>
      name === "ImportCircle" && item.statement.kind === "import" ? [foldName(item.statement.name.text)] : [],
    ),
  );
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
  readonly own: readonly Finding[];
}

/** What is around a new version. */
export interface Changes {
  readonly module: Module;
  /** The database. */
  readonly base: RememberingCatalog;
  /** How it differs from the one before; undefined: it is the same one. */
  readonly catalog: CatalogChange | undefined;
  /** What imports show now; undefined: as before. */
  readonly imports: Imported | undefined;
}

/** The surroundings of a new version. */
export function aroundOf(known: Known, { module, base, catalog: change, imports }: Changes): Around {
  const { state, catalog: before } = known.setting;
  let now: CatalogView | undefined;
  const catalog = (): CatalogView =>
    (now ??=
      change === undefined && sameItems(state.module, module, ({ statement }) => isDdl(statement))
        ? before
        : catalogWithFile(base, module));
  let outlines: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  const brought = imports === undefined ? new Set<string>() : difference(known.imported, imports);
  return {
    outside: new Set([...brought, ...(change?.names ?? [])]),
    importsChanged: imports !== undefined,
    catalogChanged: change !== undefined && (change.names.size > 0 || change.suggestions),
    suggestionsChanged: change?.suggestions === true || (imports !== undefined && !showsSame(known.imported, imports)),
    catalog,
    catalogs: () => (catalog() === before ? [before] : [before, catalog()]),
    asked: base.asked,
    get outlines() {
      return (outlines ??= outlinesOf(known, imports ?? known.imported));
    },
    get stored() {
      const stored = change === undefined ? [] : base.triggers().map(({ declaration }) => storedHeader(declaration));
      return [...known.bodies.callers, ...stored];
    },
  };
}

/** The words of what is seen of the file's routines and of what imports show. */
function outlinesOf({ bodies }: Known, imported: Imported): ReadonlyMap<string, ReadonlySet<string>> {
  const words = new Map(bodies.bodies.map(({ info }) => [foldName(info.name), wordsIn(outlineOf(info))]));
  for (const { shown } of imported.values())
    for (const [name, { outline }] of shown) if (!words.has(name)) words.set(name, wordsIn(outline));
  return words;
}

/** Whether two versions have the same statements of a sort in the same order. */
function sameItems(before: Module, after: Module, test: (item: Item) => boolean): boolean {
  const then = before.items.filter(test);
  const now = after.items.filter(test);
  return then.length === now.length && then.every((item, at) => item.statement === now[at]?.statement);
}
