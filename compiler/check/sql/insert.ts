// INSERT, REPLACE and UPSERT: columns against values or query, columns that must not be missing, conflict clauses, RETURNING.
import type { CatalogColumn } from "../../catalog-view.ts";
import type { ConflictClause, Insert, Name } from "../../syntax/tree.ts";
import { foldName } from "../../types/make.ts";
import type { SqlInfo } from "../checked.ts";
import { checkAssignments } from "./assignments.ts";
import { checkWhere } from "./core.ts";
import { newSqlScope, type SqlScope, type SqlValue } from "./scope.ts";
import { checkWith } from "./select.ts";
import { noteAccess, reportSql, type QueryResult, type SqlCheck } from "./state.ts";
import {
  checkStored,
  excludedSource,
  noteConstraintRaises,
  refuseRollback,
  resolveTarget,
  targetColumn,
  targetSource,
  warnOfView,
  type WriteTarget,
} from "./targets.ts";
import { noteNativeTriggers } from "./native-triggers.ts";
import { namedColumns, noteTargetNeed } from "./needs.ts";
import { checkReturning } from "./returning.ts";

/** Checks an INSERT; the result is there when it has RETURNING. */
export function checkInsert(sq: SqlCheck, node: Insert, outer: SqlScope | undefined): QueryResult | undefined {
  const scope = newSqlScope(outer);
  checkWith(sq, scope, node.with);
  const target = resolveTarget(sq, node.target, node.verb === "replace" ? "replace" : node.or);
  warnOfView(sq, target);
  refuseRollback(sq, node.or, node.target.span, "INSERT OR ROLLBACK");
  noteAccess(sq.facts.writes, target.meaning.effectName, "*");
  noteTargetNeed(sq, target, "INSERT", namedColumns(node.columns));
  if (node.verb === "upsert") noteTargetNeed(sq, target, "UPDATE", namedColumns(node.columns));
  if (target.or === "replace") noteTargetNeed(sq, target, "DELETE", undefined);
  const columns = insertedColumns(sq, target, node);
  const nullableColumns = checkSource(sq, scope, node, target, columns);
  if (node.columns.length > 0 || node.source === undefined) checkMissing(sq, node, target, columns);
  for (const conflict of node.conflicts) checkConflict(sq, scope, target, conflict);
  const upsertKeys = node.verb === "upsert" ? keysOfUpsert(sq, node, target) : undefined;
  noteConstraintRaises(sq, target, node.target.span, {
    verb: "insert",
    columns: columns.flatMap((column) => (column === undefined ? [] : [column.name])),
    nullableColumns,
    or: target.or,
    handledKeys: upsertKeys !== undefined ? [upsertKeys] : handledKeys(node),
  });
  const updates = node.verb === "upsert" || node.conflicts.some((conflict) => conflict.action === "update");
  const events = [
    "insert" as const,
    ...(updates ? ["update" as const] : []),
    ...(target.or === "replace" ? ["delete" as const] : []),
  ];
  noteNativeTriggers(
    sq,
    target.table,
    events,
    target.table?.columns.map((column) => column.name) ?? [],
    node.target.span,
  );
  return checkReturning(sq, target, node.returning, insertCardinality(node));
}

/** The columns that get values, in order; undefined for one that is not known. */
function insertedColumns(sq: SqlCheck, target: WriteTarget, node: Insert): readonly (CatalogColumn | undefined)[] {
  if (node.columns.length > 0) {
    const seen = new Set<string>();
    return node.columns.map((name) => {
      if (seen.has(foldName(name.text)))
        reportSql(sq, "DoubleColumn", name.span, { name: name.text, table: "The column list" });
      seen.add(foldName(name.text));
      return targetColumn(sq, target, name);
    });
  }
  if (node.source === undefined) return [];
  return target.table?.columns.filter((column) => !column.generated) ?? [];
}

/** Checks values or query against the columns. Gives the columns whose value may be null. */
function checkSource(
  sq: SqlCheck,
  scope: SqlScope,
  node: Insert,
  target: WriteTarget,
  columns: readonly (CatalogColumn | undefined)[],
): readonly string[] {
  const { source } = node;
  const nullableColumns = new Set<string>();
  if (source === undefined) return [];
  const width = columns.length;
  const known = node.columns.length > 0 || (target.table !== undefined && target.table.openColumns !== true);
  const countReport = (values: number, span: Insert["span"]): void => {
    if (known && values !== width && !(target.table?.kind === "view" && node.columns.length === 0))
      reportSql(sq, "ValueCount", span, { columns: width, values, table: target.name });
  };
  const store = (
    index: number,
    value: SqlValue,
    item: Parameters<typeof checkStored>[3],
    span: Insert["span"],
  ): void => {
    const column = columns[index];
    if (column === undefined) return;
    checkStored(sq, target, column, item, span, value, "inserted into");
    if (value.nullable) nullableColumns.add(column.name);
  };
  if (
    source.body.kind === "values" &&
    source.with === undefined &&
    source.orderBy.length === 0 &&
    source.limit === undefined
  ) {
    const own = newSqlScope(scope);
    own.clause = "values";
    for (const row of source.body.rows) {
      const last = row[row.length - 1];
      if (row[0] !== undefined && last !== undefined)
        countReport(row.length, { start: row[0].span.start, end: last.span.end });
      row.forEach((item, index) => {
        store(index, sq.rules.infer(sq, own, item), item, item.span);
      });
    }
    return [...nullableColumns];
  }
  const { shape } = sq.rules.query(sq, source, scope);
  if (!shape.open) countReport(shape.columns.length, source.span);
  const spans =
    source.body.kind === "core" && source.body.columns.length === shape.columns.length
      ? source.body.columns.map((column) => column.span)
      : undefined;
  shape.columns.forEach((column, index) => {
    if (!shape.open) store(index, column.value, undefined, spans?.[index] ?? source.span);
  });
  return [...nullableColumns];
}

/** Columns that must have a value and get none. A BEFORE INSERT trigger of ours may give it. */
function checkMissing(
  sq: SqlCheck,
  node: Insert,
  target: WriteTarget,
  columns: readonly (CatalogColumn | undefined)[],
): void {
  const { table } = target;
  if (table === undefined || table.kind !== "table" || node.or === "ignore" || mayBeFilledByTrigger(sq)) return;
  const given = new Set(columns.flatMap((column) => (column === undefined ? [] : [column.name])));
  const missing = table.columns.filter(
    (column) =>
      !given.has(column.name) &&
      !column.nullable &&
      !column.hasDefault &&
      !column.generated &&
      column.name !== table.rowidColumn,
  );
  if (missing.length > 0)
    reportSql(sq, "MissingColumns", node.target.span, {
      columns: missing.map((column) => column.name),
      table: table.name,
    });
}

function mayBeFilledByTrigger(sq: SqlCheck): boolean {
  return sq.ctx.state.module.items.some(
    ({ statement }) => statement.kind === "trigger" && statement.timing !== "after",
  );
}

function checkConflict(sq: SqlCheck, outer: SqlScope, target: WriteTarget, conflict: ConflictClause): void {
  const keyScope = newSqlScope(outer);
  keyScope.sources.push(targetSource(target));
  keyScope.clause = "check";
  for (const column of conflict.target) sq.rules.infer(sq, keyScope, column.value);
  if (conflict.targetWhere !== undefined) sq.rules.infer(sq, keyScope, conflict.targetWhere);
  checkConflictKey(sq, target, conflict);
  if (conflict.action === "nothing") return;
  const scope = newSqlScope(outer);
  scope.sources.push(targetSource(target), excludedSource(target));
  // Bare names mean the row that is there, not the one to be inserted.
  for (const column of scope.sources[1]?.columns ?? []) column.hidden = true;
  const undo = conflict.where === undefined ? undefined : checkWhere(sq, scope, conflict.where);
  checkAssignments(sq, scope, target, conflict.assignments);
  undo?.();
}

/** The names of a conflict target when all are plain columns. */
function conflictColumns(conflict: ConflictClause): readonly Name[] | undefined {
  const names: Name[] = [];
  for (const { value } of conflict.target) {
    const column = value.kind === "collate" ? value.value : value;
    if (column.kind !== "name") return undefined;
    names.push(column.name);
  }
  return names;
}

function checkConflictKey(sq: SqlCheck, target: WriteTarget, conflict: ConflictClause): void {
  const { table } = target;
  const names = conflictColumns(conflict);
  if (
    table === undefined ||
    table.kind !== "table" ||
    names === undefined ||
    names.length === 0 ||
    table.openColumns === true
  )
    return;
  const wanted = names.map((name) => foldName(name.text));
  const isKey = (key: readonly string[]): boolean =>
    key.length === wanted.length && key.every((column) => wanted.includes(foldName(column)));
  const keys = [
    table.primaryKey,
    ...table.uniqueKeys.map((key) => key.columns),
    ...(conflict.targetWhere === undefined ? [] : table.partialUniques.map((key) => key.columns)),
  ];
  const isRowid = wanted.length === 1 && !table.withoutRowid && ["rowid", "oid", "_rowid_"].includes(wanted[0] ?? "");
  const first = names[0];
  const last = names[names.length - 1];
  if (keys.some(isKey) || isRowid || first === undefined || last === undefined) return;
  reportSql(
    sq,
    "ConflictTargetNoKey",
    { start: first.span.start, end: last.span.end },
    { columns: names.map((name) => name.text), table: table.name },
  );
}

/** The key columns of UPSERT INTO: those named with ON, else the primary key, else the only unique key. */
function keysOfUpsert(sq: SqlCheck, node: Insert, target: WriteTarget): readonly string[] {
  if (node.upsertKeys.length > 0) {
    for (const name of node.upsertKeys) targetColumn(sq, target, name);
    return node.upsertKeys.map((name) => name.text);
  }
  const { table } = target;
  if (table === undefined || table.kind !== "table") return [];
  const only = table.uniqueKeys.length === 1 ? table.uniqueKeys[0]?.columns : undefined;
  const keys = table.primaryKey.length > 0 ? table.primaryKey : only;
  if (keys === undefined) reportSql(sq, "UpsertWithoutKey", node.target.span, { table: table.name });
  return keys ?? [];
}

function handledKeys(node: Insert): readonly (readonly string[])[] | "all" {
  if (node.conflicts.some((conflict) => conflict.target.length === 0)) return "all";
  return node.conflicts.flatMap((conflict) => {
    const names = conflictColumns(conflict);
    return names === undefined ? [] : [names.map((name) => name.text)];
  });
}

/** Rows that RETURNING gives: one for a single row of VALUES that cannot be skipped. */
function insertCardinality(node: Insert): SqlInfo["cardinality"] {
  const single =
    node.source === undefined || (node.source.body.kind === "values" && node.source.body.rows.length === 1);
  if (!single) return "many";
  const maySkip =
    node.or === "ignore" ||
    node.conflicts.some((conflict) => conflict.action === "nothing" || conflict.where !== undefined);
  return maySkip ? "atMostOne" : "one";
}
