// Views seen through: the columns of a view with the nullability of its query, and what it reads.
// A view sees no variables; problems inside it belong to its own definition and are not reported where it is used.
import type { CatalogTable, CatalogView } from "../../catalog-view.ts";
import type { RowShape } from "./scope.ts";
import { newFacts, noteAccess, type SqlCheck, type StatementFacts } from "./state.ts";

interface Expanded {
  readonly shape: RowShape;
  readonly facts: StatementFacts;
}

/** Expanded views by catalog: the same view may mean other tables in another catalog. */
const expandedViews = new WeakMap<CatalogView, Map<CatalogTable, Expanded>>();

/** The columns of a view; undefined when its definition cannot be used (unparsable, circular): the catalog's columns then stand. */
export function viewShape(sq: SqlCheck, view: CatalogTable): RowShape | undefined {
  const definition = view.definition?.();
  const key = `${view.schema}.${view.name}`.toLowerCase();
  if (definition === undefined || sq.viewStack.includes(key)) return undefined;
  let known = expandedViews.get(sq.catalog);
  if (known === undefined) {
    known = new Map();
    expandedViews.set(sq.catalog, known);
  }
  let expanded = known.get(view);
  if (expanded === undefined) {
    expanded = expand(sq, view, key);
    known.set(view, expanded);
  }
  // A view of the database that names what is not there: the engine says so where it is used (confirm.ts).
  const isStored = view.origin === undefined;
  for (const [table, columns] of [...expanded.facts.reads, ...expanded.facts.behind.reads])
    if (!isStored || isKnown(sq.catalog, table))
      noteAccess(sq.facts.behind.reads, table, columns === "*" ? "*" : [...columns]);
  if (expanded.facts.unknownTables && !isStored) sq.facts.unknownTables = true;
  return expanded.shape;
}

/** Whether the catalog has the table of an effect, `main.users`. */
function isKnown(catalog: CatalogView, table: string): boolean {
  const dot = table.indexOf(".");
  return catalog.table(dot < 0 ? undefined : table.slice(0, dot), table.slice(dot + 1)) !== undefined;
}

function expand(sq: SqlCheck, view: CatalogTable, key: string): Expanded {
  const definition = view.definition?.();
  const facts = newFacts();
  if (definition === undefined) return { shape: { columns: [], open: true }, facts };
  const isUnanswered = view.origin === undefined && view.columns.length === 0;
  const origin = view.origin?.item;
  const text =
    typeof origin === "object" && origin !== null && "text" in origin && typeof origin.text === "string"
      ? origin.text
      : "";
  const inner: SqlCheck = {
    ...sq,
    text,
    facts,
    columns: new Map(),
    values: new Map(),
    nullTested: new Set(),
    rowsAllowed: new Set(),
    quiet: 1,
    ours: false,
    viewStack: [...sq.viewStack, key],
  };
  const { shape } = sq.rules.query(inner, definition.query, undefined);
  const columns = shape.columns.map((column, index) => {
    const name =
      definition.columns[index]?.text ??
      (view.columns.length === shape.columns.length ? view.columns[index]?.name : undefined) ??
      column.name;
    return { ...column, table: undefined, name, origin: { kind: "catalog" as const, table: view, column: name } };
  });
  // The engine could not tell its columns: what they are called in the text says little, and the engine is asked anyway.
  return { shape: isUnanswered ? { columns: [], open: true } : { columns, open: shape.open }, facts };
}
