// A routine that is all of a script's text is compiled once: what the script compiled to goes into the catalog.
// In a longer script each declaration is compiled again from its own text, because the catalog's programs hold one declaration each (stored.ts).
import type { Program } from "../../bytecode/program.ts";
import { encode } from "../../bytecode/encode.ts";
import type { Item, RoutineDeclaration } from "../../compiler/syntax/tree.ts";
import type { RoutineFacts } from "../catalog/routines.ts";
import type { CatalogState } from "./catalog-state.ts";
import { dependenciesOf, infoOf, routineFacts } from "./facts.ts";
import { fingerprint } from "./fingerprint.ts";
import type { LoadedScript } from "./pipeline.ts";

/** Facts for the catalog from a script that was compiled against the catalog as it is, without variables; undefined when the declaration is not all of its text. */
export function factsOfWholeScript(
  catalog: CatalogState,
  script: LoadedScript,
  item: Item,
  declaration: RoutineDeclaration,
): RoutineFacts | undefined {
  const { checked, code } = script;
  const { items, file } = checked.module;
  if (code === undefined || items.length !== 1 || items[0] !== item || file.text !== item.text) return undefined;
  const dependencies = dependenciesOf(
    infoOf(checked, declaration).effects,
    declaration,
    item.text,
    catalog.types().map((type) => type.name),
  );
  return routineFacts(checked, item, declaration, {
    bytecode: encode(named(code.loaded.program, `${declaration.routine} ${declaration.name.text}`)),
    compiledAgainst: fingerprint(catalog, dependencies),
    dependencies,
  });
}

/** The program with the name that traces of a stored routine show. */
function named(program: Program, file: string): Program {
  const [source, ...others] = program.sources;
  return source === undefined ? program : { ...program, sources: [{ ...source, file }, ...others] };
}
