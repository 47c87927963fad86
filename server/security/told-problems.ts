// What a session is told about a text with mistakes. Diagnostics help with names of tables, columns and routines: somebody with few rights is first refused what he may not use,
// and then told what the checker finds in a database that holds nothing but what he may use.
import type { Problem } from "../../base/problem.ts";
import { Trap } from "../../bytecode/trap.ts";
import type { CatalogView } from "../../compiler/catalog-view.ts";
import type { CheckedModule } from "../../compiler/check/checked.ts";
import { type AskingPlace, askForItem } from "./ask.ts";
import type { Authority } from "./types.ts";
import { type Sees, seesOf } from "./visibility.ts";

/** A text that was checked. */
export interface CheckedText {
  readonly checked: CheckedModule;
  readonly problems: readonly Problem[];
}

/** Checks a text against another catalog. */
export type CheckAgain = (visible: CatalogView) => readonly Problem[];

/** What was found for a text, until rights change. */
const kept = new WeakMap<CheckedText, { readonly stamp: number; readonly problems: readonly Problem[] }>();

/**
 * The problems to tell of a text with errors.
 * @throws Trap PermissionDenied when it names what the session may not use; EngineError.
 */
export function errorsToTell(
  place: AskingPlace,
  text: CheckedText,
  catalog: CatalogView,
  checkAgain: CheckAgain,
): readonly Problem[] {
  const authority = limitedAuthority(place);
  if (authority === undefined) return text.problems;
  for (const item of text.checked.module.items) askForItem(place, text.checked, item);
  const told = visibleProblems(place, authority, text, catalog, checkAgain);
  if (told.some(({ severity }) => severity === "error")) return told;
  // Mistakes in what he may not use at all, in the body of a routine say.
  return authority.refuse(
    `The text has mistakes in its use of objects on which ${authority.principal.name} has no right.`,
  );
}

/** The warnings and remarks to tell of a text that is run: those that somebody with few rights would find too, in his words. @throws EngineError. */
export function warningsToTell(
  place: AskingPlace,
  text: CheckedText,
  catalog: CatalogView,
  checkAgain: CheckAgain,
): readonly Problem[] {
  if (text.problems.length === 0) return text.problems;
  const authority = limitedAuthority(place);
  if (authority === undefined) return text.problems;
  const found = new Set(text.problems.map(keyOf));
  return visibleProblems(place, authority, text, catalog, checkAgain).filter((problem) => found.has(keyOf(problem)));
}

function keyOf({ code, span }: Problem): string {
  return `${code} ${span.start} ${span.end}`;
}

function limitedAuthority(place: AskingPlace): Authority | undefined {
  const authority = place.authority();
  return authority?.mustAsk() === true && authority.limitedTo() !== undefined ? authority : undefined;
}

function visibleProblems(
  place: AskingPlace,
  authority: Authority,
  text: CheckedText,
  catalog: CatalogView,
  checkAgain: CheckAgain,
): readonly Problem[] {
  const stamp = authority.stamp();
  const known = kept.get(text);
  if (known?.stamp === stamp) return known.problems;
  const problems = checkAgain(visibleCatalog(catalog, seesOf(place.connection, authority)));
  kept.set(text, { stamp, problems });
  return problems;
}

/** The error of a refusal. @throws what is none. */
export function refusalIn(error: unknown): Trap {
  if (error instanceof Trap) return error;
  throw error;
}

/** A catalog without what may not be seen. Types are nobody's. */
function visibleCatalog(catalog: CatalogView, sees: Sees): CatalogView {
  const isSeen = (schema: string, name: string): boolean =>
    schema.toLowerCase() === "temp" || sees("table", `${schema}.${name}`);
  return {
    ...catalog,
    table: (schema, name) => {
      const found = catalog.table(schema, name);
      return found !== undefined && isSeen(found.schema, found.name) ? found : undefined;
    },
    routines: (name) => (sees("procedure", name) ? catalog.routines(name) : []),
    type: (name) => catalog.type(name),
    tableNames: () => catalog.tableNames().filter((name) => name.startsWith("temp.") || sees("table", name)),
    routineNames: () => catalog.routineNames().filter((name) => sees("procedure", name)),
    schemas: () => catalog.schemas(),
    hasObject: (kind, name) => sees(kind, name) && catalog.hasObject(kind, name),
    triggers: () => catalog.triggers().filter(({ name }) => sees("trigger", name)),
    queryTemplates: () =>
      catalog.queryTemplates().filter(({ isPrivate, name }) => !isPrivate || sees("template", name)),
  };
}
