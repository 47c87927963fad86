// Finding columns and sources by name in a scope and the scopes around it. Says nothing about what is not found: names.ts does.
import type { Span } from "../../../base/source.ts";
import type { Expression, Name } from "../../syntax/tree.ts";
import { foldName, INT } from "../../types/make.ts";
import { addColumn, neverNull, type ScopeColumn, type Source, type SqlScope } from "./scope.ts";
import { namePath } from "./walk.ts";

/** Names of the rowid. */
export const ROWID_NAMES: ReadonlySet<string> = new Set(["rowid", "oid", "_rowid_"]);

/** A column found by its bare name. */
export interface Found {
  readonly column: ScopeColumn;
  readonly scope: SqlScope;
  /** Other columns of that name in the same scope. */
  readonly others: readonly ScopeColumn[];
}

/** The columns that a bare name may mean in one scope: merged ones first, then those of every source. */
function columnsNamed(scope: SqlScope, key: string, quoted: boolean, name: string): readonly ScopeColumn[] {
  const merged = scope.merged.get(key);
  if (merged !== undefined) return [merged];
  const found: ScopeColumn[] = [];
  for (const source of scope.sources) {
    const column = columnOf(source, key, quoted, name);
    if (column !== undefined && !column.hidden) found.push(column);
  }
  return found;
}

/** A source's column. Names that differ by case only must be quoted and then match exactly (LANGUAGE.md 15.21). */
export function columnOf(source: Source, key: string, quoted: boolean, name: string): ScopeColumn | undefined {
  const first = source.byName.get(key);
  if (first === undefined || first.name === name || !quoted) return first;
  return source.columns.find((column) => column.name === name) ?? first;
}

/** The rowid of the only source that has one. */
function rowidOf(scope: SqlScope, key: string): ScopeColumn | undefined {
  if (!ROWID_NAMES.has(key)) return undefined;
  const sources = scope.sources.filter((source) => source.hasRowid);
  return sources.length === 1 && sources[0] !== undefined ? rowidColumn(sources[0], key) : undefined;
}

export function rowidColumn(source: Source, key: string): ScopeColumn {
  const alias = source.table?.rowidColumn;
  const named = alias === undefined ? undefined : source.byName.get(foldName(alias));
  if (named !== undefined) return named;
  const column = addColumn(source, { name: key, value: neverNull(INT), affinity: "integer" });
  column.implicit = true;
  // Sources under an outer join have a null rowid where the row is missing.
  column.extensions = source.columns[0]?.extensions ?? [];
  return column;
}

/** Looks a bare name up in this scope and those around it. */
export function findColumn(scope: SqlScope | undefined, name: Name): Found | undefined {
  const key = foldName(name.text);
  for (let current = scope; current !== undefined; current = current.parent) {
    const columns = columnsNamed(current, key, name.quote !== "none", name.text);
    const [column] = columns;
    if (column !== undefined) return { column, scope: current, others: columns.slice(1) };
    const rowid = rowidOf(current, key);
    if (rowid !== undefined) return { column: rowid, scope: current, others: [] };
  }
  return undefined;
}

/** The source of that alias in this scope or around it. */
export function findSource(
  scope: SqlScope | undefined,
  alias: Name,
  schema?: Name,
): { readonly source: Source; readonly scope: SqlScope } | undefined {
  const key = foldName(alias.text);
  for (let current = scope; current !== undefined; current = current.parent) {
    const source = current.sources.find(
      (candidate) =>
        candidate.alias !== undefined &&
        foldName(candidate.alias) === key &&
        (schema === undefined ||
          candidate.schema === undefined ||
          foldName(candidate.schema) === foldName(schema.text)),
    );
    if (source !== undefined) return { source, scope: current };
  }
  return undefined;
}

/** The nearest source with columns that are not known. */
export function openSource(scope: SqlScope): Source | undefined {
  for (let current: SqlScope | undefined = scope; current !== undefined; current = current.parent) {
    const open = current.sources.find((source) => source.open);
    if (open !== undefined) return open;
  }
  return undefined;
}

export function visibleColumnNames(scope: SqlScope): readonly string[] {
  const names: string[] = [];
  for (let current: SqlScope | undefined = scope; current !== undefined; current = current.parent) {
    for (const source of current.sources) names.push(...source.columns.map((column) => column.name));
    names.push(...current.aliases.keys());
  }
  return names;
}

/** The tables of a query, for messages; empty when it has none. */
export function describeSources(scope: SqlScope): string {
  return scope.sources.flatMap((source) => (source.alias === undefined ? [] : [source.alias])).join(", ");
}

/** Whether a bare name of this expression would be a column; then it cannot be computed before the statement. */
export function mentionsColumn(
  scope: SqlScope,
  expression: Expression,
  childrenOf: (expression: Expression) => readonly Expression[],
): Span | undefined {
  if (expression.kind === "name" && findColumn(scope, expression.name) !== undefined) return expression.span;
  const path = namePath(expression);
  if (
    path !== undefined &&
    path.length > 1 &&
    path[0] !== undefined &&
    findSource(scope, path[path.length - 2] ?? path[0]) !== undefined
  )
    return expression.span;
  for (const child of childrenOf(expression)) {
    const found = mentionsColumn(scope, child, childrenOf);
    if (found !== undefined) return found;
  }
  return undefined;
}
