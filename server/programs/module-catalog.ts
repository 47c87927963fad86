// The routines and types of a script as catalog entries, so that one declaration of it can be compiled on its own while it still sees its neighbours.
import { makeCatalog } from "../../compiler/catalog/catalog.ts";
import type { CatalogRoutine, CatalogType, CatalogView } from "../../compiler/catalog-view.ts";
import type { CheckedModule, RoutineInfo } from "../../compiler/check/checked.ts";
import { effectsToJson } from "../../compiler/effects/print.ts";
import type { Item, RoutineDeclaration } from "../../compiler/syntax/tree.ts";
import { showType } from "../../compiler/types/show.ts";

function catalogRoutine(info: RoutineInfo, declaration: RoutineDeclaration, source: string): CatalogRoutine {
  return {
    name: info.name,
    version: 0,
    declaration,
    source,
    signature: {
      parameters: info.parameters.map((parameter) => showType(parameter.type)), result: showType(info.result), raises: info.raises ?? info.effects.raises,
      mode: info.mode === "async" ? "async" : "sync", effectsJson: effectsToJson(info.effects),
    },
  };
}

/** Routines and types that a script declares, without the routine of `except`. */
export function moduleCatalog(checked: CheckedModule, except: Item): CatalogView {
  const routines: CatalogRoutine[] = [];
  const types: CatalogType[] = [];
  const own = except.statement.kind === "routine" ? except.statement.name.text.toLowerCase() : "";
  for (const item of checked.module.items) {
    const { statement } = item;
    if (statement.kind === "struct" || statement.kind === "enum" || statement.kind === "error") types.push(statement);
    if (statement.kind !== "routine" || statement.name.text.toLowerCase() === own || checked.broken.has(item)) continue;
    const info = checked.routines.get(statement);
    if (info !== undefined) routines.push(catalogRoutine(info, statement, item.text));
  }
  return makeCatalog({ routines, types });
}
