// The routines, types and triggers of a script as catalog entries, so that one declaration of it can be compiled on its own while it still sees its neighbours.
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import type { CatalogRoutine, CatalogTrigger, CatalogType, CatalogView } from "../../compiler/catalog-view.ts";
import type { CheckedModule, RoutineInfo } from "../../compiler/check/checked.ts";
import { NO_EFFECTS } from "../../compiler/effects/join.ts";
import { effectsToJson } from "../../compiler/effects/print.ts";
import type { Item, RoutineDeclaration } from "../../compiler/syntax/tree.ts";
import { showType } from "../../compiler/types/show.ts";
import { isLibraryFile } from "./standard-library.ts";

function catalogRoutine(info: RoutineInfo, declaration: RoutineDeclaration, source: string): CatalogRoutine {
  return {
    name: info.name,
    version: 0,
    declaration,
    source,
    signature: {
      parameters: info.parameters.map((parameter) => showType(parameter.type)),
      result: showType(info.result),
      raises: info.raises ?? info.effects.raises,
      mode: info.mode === "async" ? "async" : "sync",
      effectsJson: effectsToJson(info.effects),
    },
  };
}

/** Modules that a module imports, those of the standard library aside. */
export function importsOf(checked: CheckedModule): readonly CheckedModule[] {
  return checked.uses.filter((used) => !isLibraryFile(used.module.file.name));
}

/** Routines, types and triggers that a script declares or imports, without the routine of `except`. */
export function moduleCatalog(checked: CheckedModule, except: Item): CatalogView {
  const routines: CatalogRoutine[] = [];
  const types: CatalogType[] = [];
  const triggers: CatalogTrigger[] = [];
  const own = except.statement.kind === "routine" ? except.statement.name.text.toLowerCase() : "";
  for (const module of [checked, ...importsOf(checked)]) {
    for (const item of module.module.items) {
      const { statement } = item;
      // A trigger that stands in the file calls its procedure, whichever comes first.
      if (statement.kind === "trigger" && except.statement.kind === "routine" && !module.broken.has(item))
        triggers.push({
          name: statement.name.text,
          declaration: statement,
          fires: true,
          effectsJson: effectsToJson(module.effects.get(item) ?? NO_EFFECTS),
        });
      if (statement.kind === "struct" || statement.kind === "enum" || statement.kind === "error") types.push(statement);
      if (
        statement.kind !== "routine" ||
        module.broken.has(item) ||
        (module === checked && statement.name.text.toLowerCase() === own)
      )
        continue;
      const info = module.routines.get(statement);
      if (info !== undefined) routines.push(catalogRoutine(info, statement, item.text));
    }
  }
  return makeCatalog({ routines, types, triggers });
}
