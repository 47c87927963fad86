// Targets of INSERT, UPDATE, DELETE and MERGE: finding the table, its columns, checking values against them, and what the write may raise.
import type { Span } from "../../../base/source.ts";
import type { CatalogColumn, CatalogTable } from "../../catalog-view.ts";
import { constraintRaises, type WriteFacts } from "../../effects/constraints.ts";
import type { Expression, Name, TargetTable } from "../../syntax/tree.ts";
import { STRING, foldName, isScalar, nullable, prune, withoutNull } from "../../types/make.ts";
import { showType } from "../../types/show.ts";
import type { Type } from "../../types/type.ts";
import { unboundVariable, unifyTypes } from "../expect.ts";
import { noteCascades } from "./cascades.ts";
import { childKeysOf } from "./foreign-keys.ts";
import { checkEnumText, isReadableText } from "./literals.ts";
import { reportUnknownColumn } from "./names.ts";
import { newSqlScope, OPEN_SHAPE, sourceOfRows, type Source, type SqlValue } from "./scope.ts";
import { noteAccess, reasonAt, recordName, recordTable, reportSql, type SqlCheck } from "./state.ts";
import { columnType, resolveTable, type TableMeaning, sourceOfMeaning } from "./table-lookup.ts";
import { unparenthesized } from "./walk.ts";

/** A table to be written. */
export interface WriteTarget {
  readonly node: TargetTable;
  readonly meaning: TableMeaning;
  /** Undefined when the table is named at run time or not known now. */
  readonly table: CatalogTable | undefined;
  readonly name: string;
  readonly alias: Name | undefined;
  /** The word after INSERT OR, UPDATE OR; `replace` for REPLACE. */
  readonly or: WriteFacts["or"];
}

/** Finds the target and reports what cannot be written. */
export function resolveTarget(sq: SqlCheck, target: TargetTable, or?: WriteFacts["or"]): WriteTarget {
  const meaning =
    target.name === undefined ? dynamicTarget(sq, target) : resolveTable(sq, undefined, target, target.name);
  if (target.name !== undefined) recordTable(sq, target, meaning.resolution);
  const { kind } = meaning.resolution;
  const last = target.name?.parts[target.name.parts.length - 1];
  const name = last?.text ?? "the table";
  if (kind === "tableVariable" || kind === "listVariable")
    reportSql(sq, "NotWritable", target.span, { what: `The variable ${name}` });
  if (meaning.table?.kind === "system") reportSql(sq, "SystemTableReadOnly", target.span, { name: meaning.table.name });
  noteAccess(sq.facts.writes, meaning.effectName, []);
  return { node: target, meaning, table: meaning.table, name, alias: target.alias ?? last, or };
}

/** `OR ROLLBACK` and `RAISE(ROLLBACK)` end the caller's transaction (LANGUAGE.md 15.25). */
export function refuseRollback(sq: SqlCheck, or: string | undefined, span: Span, what: string): void {
  if (or === "rollback" && sq.ctx.owner.kind !== "script")
    reportSql(
      sq,
      "RollbackInRoutine",
      span,
      { what },
      { help: "Raise an error: it undoes the call, and the caller decides about the rest." },
    );
}

/** Writing to a view needs a trigger that does it instead; one of the file or the catalog is not told apart here. */
export function warnOfView(sq: SqlCheck, target: WriteTarget): void {
  if (target.table?.kind !== "view") return;
  const isNative = (target.table.triggers?.() ?? []).some((trigger) => trigger.timing === "instead of");
  const ours = sq.ctx.state.module.items.some(
    ({ statement }) => statement.kind === "trigger" && statement.timing === "instead of",
  );
  if (!isNative && !ours) reportSql(sq, "WriteToView", target.node.span, { name: target.name });
}

function dynamicTarget(sq: SqlCheck, target: TargetTable): TableMeaning {
  const { value } = target;
  if (value !== undefined) {
    const found = sq.rules.infer(sq, newSqlScope(undefined), value);
    if (unboundVariable(found.type) !== undefined)
      unifyTypes(found.type, STRING, reasonAt(sq, target.span, "it is used as a table name"));
    const type = withoutNull(found.type);
    if (type.kind !== "any" && !isScalar(type, "string") && type.kind !== "variable")
      reportSql(sq, "NotWritable", target.span, { what: "This value" });
    recordTable(sq, target, { kind: "value", row: undefined, form: "name" });
  }
  sq.facts.dynamic = true;
  sq.facts.unknownTables = true;
  const name = value?.kind === "name" ? value.name.text : "…";
  return {
    resolution: { kind: "value", row: undefined, form: "name" },
    shape: OPEN_SHAPE,
    table: undefined,
    effectName: `{${name}}`,
  };
}

/** A source over the target for WHERE, SET and RETURNING. */
export function targetSource(target: WriteTarget): Source {
  return sourceOfMeaning(target.meaning, target.alias, undefined);
}

/** The column that a name of a column list means; reports unknown and generated ones. Undefined when the table is not known. */
export function targetColumn(sq: SqlCheck, target: WriteTarget, name: Name): CatalogColumn | undefined {
  const { table } = target;
  if (table === undefined || table.kind === "view") return undefined;
  const wanted = foldName(name.text);
  const column = table.columns.find((candidate) => candidate.name === name.text || foldName(candidate.name) === wanted);
  if (column === undefined) {
    const isRowid = !table.withoutRowid && ["rowid", "oid", "_rowid_"].includes(foldName(name.text));
    if (!isRowid && table.openColumns !== true) reportUnknownColumn(sq, name, targetSource(target));
    return undefined;
  }
  if (column.generated) reportSql(sq, "GeneratedColumnAssigned", name.span, { column: `${table.name}.${column.name}` });
  recordName(sq, name, {
    kind: "column",
    column: {
      name: column.name,
      type: fullType(sq, column),
      table,
      affinity: column.affinity,
      nullReason: column.nullReason,
      origin: { kind: "catalog", table, column: column.name },
    },
    qualifier: undefined,
  });
  return column;
}

function fullType(sq: SqlCheck, column: CatalogColumn): Type {
  const type = columnType(sq.ctx, column);
  return column.nullable ? nullable(type) : type;
}

/** Checks a value that is stored into a column; unknowns get the column's type. `verb` for the reason: "inserted into". */
export function checkStored(
  sq: SqlCheck,
  target: WriteTarget,
  column: CatalogColumn,
  node: Expression | undefined,
  span: Span,
  value: SqlValue,
  verb: string,
): void {
  const { table } = target;
  if (table === undefined) return;
  const path = `${table.name}.${column.name}`;
  const expected = columnType(sq.ctx, column);
  if (unboundVariable(value.type) !== undefined) {
    unifyTypes(value.type, fullType(sq, column), reasonAt(sq, span, `it is ${verb} ${path}`));
    return;
  }
  checkNullStored(sq, target, table, column, span, value, verb === "inserted into" ? node : undefined);
  checkEnumText(sq, expected, node);
  if (fits(value.type, expected, node)) return;
  // What the engine itself computes is stored as it is; a value of ours that can never fit is an error.
  const inner = node === undefined ? undefined : unparenthesized(node);
  const isVariable =
    inner !== undefined &&
    (inner.kind === "name" || inner.kind === "parameter" || inner.kind === "member") &&
    value.column === undefined;
  reportSql(sq, isVariable ? "ColumnTypeMismatch" : "LiteralTypeMismatch", span, {
    column: path,
    expected: showType(expected),
    found: showType(value.type),
  });
}

function checkNullStored(
  sq: SqlCheck,
  target: WriteTarget,
  table: CatalogTable,
  column: CatalogColumn,
  span: Span,
  value: SqlValue,
  node: Expression | undefined,
): void {
  if (column.nullable || !value.nullable || table.rowidColumn === column.name) return;
  // OR IGNORE skips such rows, OR REPLACE takes the default.
  if (target.or === "ignore" || (target.or === "replace" && column.hasDefault)) return;
  // An UPDATE may meet no row: only an INSERT of null always fails.
  const isLiteral = node !== undefined && unparenthesized(node).kind === "null";
  const path = `${table.name}.${column.name}`;
  if (isLiteral) reportSql(sq, "NullLiteralIntoNotNull", span, { column: path });
  else if (prune(value.type).kind !== "any")
    reportSql(
      sq,
      "NullIntoNotNull",
      span,
      { column: path },
      value.reason === undefined ? {} : { help: `${value.reason}.` },
    );
}

/** Whether a value of that type can be stored and read back: the same type, a number that widens, text that reads as the type. */
function fits(found: Type, expected: Type, node: Expression | undefined): boolean {
  const from = prune(found);
  const to = prune(expected);
  if (
    to.kind === "any" ||
    from.kind === "any" ||
    from.kind === "null" ||
    from.kind === "never" ||
    from.kind === "variable"
  )
    return true;
  if (to.kind === "enum") return from.kind === "enum" ? from.name === to.name : isScalar(from, "string");
  if (from.kind === "enum") return isScalar(to, "string");
  if (to.kind !== "scalar" || from.kind !== "scalar") return isScalar(to, "json");
  if (to.name === from.name || to.name === "json") return true;
  const literal = node === undefined ? undefined : unparenthesized(node);
  if (from.name === "string" && !isReadableText(to.name, literal)) return false;
  switch (to.name) {
    case "int":
      return from.name === "bool" || isNumericText(literal) || (from.name === "float" && literal?.kind !== "number");
    case "float":
    case "decimal":
      return (
        from.name === "int" ||
        from.name === "float" ||
        from.name === "decimal" ||
        from.name === "bool" ||
        isNumericText(literal)
      );
    case "bool":
      return from.name === "int" || isNumericText(literal);
    case "string":
      return (
        from.name === "uuid" ||
        from.name === "json" ||
        isTemporal(from.name) ||
        ((from.name === "int" || from.name === "float" || from.name === "decimal") &&
          literal !== undefined &&
          literal.kind !== "name" &&
          literal.kind !== "parameter")
      );
    case "bytes":
      return false;
    case "uuid":
    case "interval":
    case "time":
      return from.name === "string";
    case "date":
      return from.name === "string" || from.name === "timestamp" || from.name === "timestamptz";
    default:
      return from.name === "string" || from.name === "date" || from.name === "timestamp" || from.name === "timestamptz";
  }
}

function isTemporal(name: string): boolean {
  return name === "date" || name === "time" || name === "timestamp" || name === "timestamptz" || name === "interval";
}

function isNumericText(node: Expression | undefined): boolean {
  return node?.kind === "string" && node.value.trim() !== "" && Number.isFinite(Number(node.value));
}

/** Notes the constraint errors of a write. */
export function noteConstraintRaises(sq: SqlCheck, target: WriteTarget, span: Span, write: WriteFacts): void {
  const { table } = target;
  if (table === undefined || table.kind !== "table") return;
  const referring = write.verb === "insert" ? [] : childKeysOf(sq.catalog, table);
  for (const raise of constraintRaises(table, write, referring))
    sq.facts.raises.push({ error: raise.error, span, cause: raise.cause });
  if (write.verb !== "insert") noteCascades(sq, { table, verb: write.verb, columns: write.columns }, span);
  if (write.verb === "insert" && write.or === "replace") {
    // REPLACE deletes the rows that are in the way.
    const deletes: WriteFacts = { verb: "delete", columns: [], nullableColumns: [], or: undefined, handledKeys: [] };
    for (const raise of constraintRaises(table, deletes, childKeysOf(sq.catalog, table)))
      sq.facts.raises.push({ ...raise, span });
    noteCascades(sq, { table, verb: "delete", columns: [] }, span);
  }
}

/** A source named `excluded`, as the DO UPDATE of an upsert sees it. */
export function excludedSource(target: WriteTarget): Source {
  return sourceOfRows("excluded", target.meaning.shape, { table: target.table });
}
