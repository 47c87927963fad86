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
  for (const [table, columns] of expanded.facts.reads)
    noteAccess(sq.facts.reads, table, columns === "*" ? "*" : [...columns]);
  if (expanded.facts.unknownTables) sq.facts.unknownTables = true;
  return expanded.shape;
}

function expand(sq: SqlCheck, view: CatalogTable, key: string): Expanded {
  const definition = view.definition?.();
  const facts = newFacts();
  if (definition === undefined) return { shape: { columns: [], open: true }, facts };
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
  const columns = shape.columns.map((column, index) => ({
    ...column,
    table: undefined,
    name:
      definition.columns[index]?.text ??
      (view.columns.length === shape.columns.length ? view.columns[index]?.name : undefined) ??
      column.name,
  }));
  return { shape: { columns, open: shape.open }, facts };
}
