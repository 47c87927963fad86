// `*` and `t.*`: the columns they stand for, in order. Columns merged by USING appear once in a bare star.
import type { QualifiedName } from "../../syntax/tree.ts";
import { foldName } from "../../types/make.ts";
import { findSource } from "./column-lookup.ts";
import { columnValue, type RowColumn, type ScopeColumn, type Source, type SqlScope } from "./scope.ts";
import { noteAccess, reportSql, type SqlCheck } from "./state.ts";

/** The columns of `*` (`table` undefined) or `t.*`. */
export function starColumns(sq: SqlCheck, scope: SqlScope, table: QualifiedName | undefined): readonly RowColumn[] {
  const source = table === undefined ? undefined : sourceOfStar(sq, scope, table);
  if (table !== undefined && source === undefined) return [];
  const sources = source === undefined ? scope.sources : [source];
  const columns: RowColumn[] = [];
  for (const each of sources) {
    if (each.open) noteAccess(sq.facts.reads, each.effectName, "*");
    for (const column of each.columns) {
      if (column.implicit || (table === undefined && column.hidden)) continue;
      noteAccess(sq.facts.reads, each.effectName, [column.name]);
      columns.push(asRowColumn(table === undefined ? (mergedOf(scope, column) ?? column) : column, scope));
    }
  }
  return columns;
}

/** The source that `t.*` names; reports when there is none. */
export function sourceOfStar(sq: SqlCheck, scope: SqlScope, table: QualifiedName): Source | undefined {
  const last = table.parts[table.parts.length - 1];
  const found =
    last === undefined
      ? undefined
      : findSource({ ...scope, parent: undefined }, last, table.parts.length > 1 ? table.parts[0] : undefined)?.source;
  if (found === undefined && last !== undefined) reportSql(sq, "UnknownQualifier", table.span, { name: last.text });
  return found;
}

function mergedOf(scope: SqlScope, column: ScopeColumn): ScopeColumn | undefined {
  const merged = scope.merged.get(foldName(column.name));
  return merged?.source === column.source ? merged : undefined;
}

/** A scope column as a column of a result. */
export function asRowColumn(column: ScopeColumn, scope: SqlScope): RowColumn {
  return {
    name: column.name,
    value: columnValue(column, scope),
    affinity: column.affinity,
    table: column.source.table,
    origin: column.origin,
  };
}
