// INSERT, REPLACE, UPSERT, UPDATE, DELETE as parts. MERGE is in sql-merge.ts.
import type { DmlForm, SqlPart, SqlParts } from "../../base/sql-form.ts";
import type {
  Assignment,
  ConflictClause,
  Delete,
  Expression,
  IndexedColumn,
  Insert,
  Name,
  ResultColumn,
  Select,
  SelectCore,
  Update,
} from "../syntax/tree.ts";
import { complain } from "./context.ts";
import { identifier, joined, nameList, piece, type ParameterPlace, type SqlLowering } from "./sql-builder.ts";
import { rounded, storedRows, storedValue, wideSide } from "./sql-decimals.ts";
import { sqlColumns, sqlFrom, sqlLimit, sqlWith } from "./sql-select.ts";
import { sqlWhere, tickGuard } from "./sql-ticks.ts";
import { sqlTarget, targetColumns, targetKeys, targetName } from "./sql-tables.ts";
import { isWideDecimal } from "./types.ts";
import type { Type } from "../types/type.ts";

/** A column into which a statement stores: how its parameters are bound, and its type when it is known. */
interface StoredColumn {
  readonly place: ParameterPlace;
  readonly type: Type | undefined;
}
type StoredColumns = ReadonlyMap<string, StoredColumn>;

const UNKNOWN_COLUMN: StoredColumn = { place: "value", type: undefined };

/** The columns of the target by folded name. */
export function storedColumns(sql: SqlLowering, target: Insert["target"]): StoredColumns {
  return new Map((targetColumns(sql, target) ?? []).map((column) => [column.name.toLowerCase(), column]));
}

function insertedNames(sql: SqlLowering, e: Insert): readonly string[] {
  return e.columns.length > 0
    ? e.columns.map((column) => column.text)
    : (targetColumns(sql, e.target) ?? []).map((column) => column.name);
}

function insertedColumns(sql: SqlLowering, e: Insert, stored: StoredColumns): readonly StoredColumn[] {
  return insertedNames(sql, e).map((name) => stored.get(name.toLowerCase()) ?? UNKNOWN_COLUMN);
}

function isBroughtToForm({ type }: StoredColumn): boolean {
  return type !== undefined && isWideDecimal(type);
}

/** An expression as it is stored into a column. */
function storedInto(sql: SqlLowering, value: Expression, column: StoredColumn): SqlPart[] {
  if (isBroughtToForm(column)) return storedValue(wideSide(sql, value), column.type);
  return rounded(sql, value, sql.rules.expression(sql, value, column.place), column.type);
}

/** INSERT and REPLACE; UPSERT INTO as its own part. */
export function sqlInsert(sql: SqlLowering, e: Insert): SqlPart[] {
  const stored = storedColumns(sql, e.target);
  const source = e.source === undefined ? ["DEFAULT VALUES"] : sourceOf(sql, e.source, insertedColumns(sql, e, stored));
  if (e.verb === "upsert") return sqlUpsert(sql, e, insertedNames(sql, e), source);
  const word =
    e.verb === "replace"
      ? "REPLACE INTO "
      : e.or === undefined
        ? "INSERT INTO "
        : `INSERT OR ${e.or.toUpperCase()} INTO `;
  return [
    ...piece("with", sqlWith(sql, e.with)),
    word,
    ...piece("target", sqlTarget(sql, e.target)),
    ...(e.columns.length === 0 ? [] : [" ", ...nameList(e.columns)]),
    " ",
    ...(e.source === undefined ? source : piece("source", source)),
    ...e.conflicts.flatMap((clause) => sqlConflict(sql, clause, stored, e)),
    ...piece("returning", sqlReturning(sql, e.returning)),
  ];
}

/** What a statement does, for triggers. */
export function dmlOf(e: Insert | Update | Delete): DmlForm {
  const upsert = e.kind === "insert" && (e.verb === "upsert" || e.conflicts.some(({ action }) => action === "update"));
  const columns =
    e.kind === "insert"
      ? e.columns
      : e.kind === "update"
        ? e.assignments.flatMap((assignment) => assignment.columns)
        : [];
  const or = e.kind === "insert" && e.verb === "replace" ? "replace" : e.kind === "delete" ? undefined : e.or;
  return {
    event: e.kind,
    upsert,
    ...targetOf(e.target),
    columns: columns.map((column) => column.text),
    ...(or === undefined ? {} : { or }),
  };
}

/** Name and alias of a target, for `DmlForm`; a value names its table at run time. */
export function targetOf(target: Insert["target"]): Pick<DmlForm, "table" | "alias"> {
  return {
    ...(target.name === undefined ? {} : { table: target.name.parts.map((part) => part.text) }),
    ...(target.alias === undefined ? {} : { alias: target.alias.text }),
  };
}

// VALUES rows are bound by the columns they go to.
function sourceOf(sql: SqlLowering, source: Select, columns: readonly StoredColumn[]): SqlPart[] {
  const { body } = source;
  if (body.kind !== "values" || source.with !== undefined || source.orderBy.length > 0 || source.limit !== undefined)
    return storedQuery(sql, source, columns) ?? sql.rules.select(sql, source);
  return [
    "VALUES ",
    ...joined(
      body.rows.map((row) => [
        "(",
        ...joined(
          row.map((value, at) => storedInto(sql, value, columns[at] ?? UNKNOWN_COLUMN)),
          ", ",
        ),
        ")",
      ]),
      ", ",
    ),
  ];
}

function storedQuery(sql: SqlLowering, source: Select, columns: readonly StoredColumn[]): SqlPart[] | undefined {
  return storedRows(
    sql.rules.select(sql, source),
    columns.map((column) => column.type),
  );
}

function sqlUpsert(sql: SqlLowering, e: Insert, columns: readonly string[], source: SqlPart[]): SqlPart[] {
  const keys = e.upsertKeys.length > 0 ? e.upsertKeys.map((key) => key.text) : targetKeys(sql, e.target);
  if (keys.length === 0 || columns.length === 0) {
    complain(
      sql.ctx,
      "UpsertWithoutKey",
      e.span,
      { table: e.target.name?.parts.at(-1)?.text ?? "This table" },
      { help: "Write the columns and add ON (key) after the values." },
    );
  }
  return [
    ...piece("with", sqlWith(sql, e.with)),
    { p: "upsert", table: targetName(sql, e.target), columns, keys, source },
    ...piece("returning", sqlReturning(sql, e.returning)),
  ];
}

function sqlConflict(sql: SqlLowering, clause: ConflictClause, stored: StoredColumns, e: Insert): SqlPart[] {
  const target = clause.target.length === 0 ? [] : [" (", ...indexedColumns(sql, clause.target), ")"];
  const plain = clause.target.flatMap(({ value }) => (value.kind === "name" ? [value.name.text] : []));
  const targetWhere =
    clause.targetWhere === undefined ? [] : [" WHERE ", ...sql.rules.expression(sql, clause.targetWhere)];
  // After a SELECT source, SQLite takes ON for a join's ON unless the SELECT has a WHERE.
  const unguarded =
    e.source === undefined || insertedColumns(sql, e, stored).some(isBroughtToForm)
      ? undefined
      : unguardedCore(e.source);
  const guard = unguarded === undefined ? [] : [tickGuard(sql, unguarded)];
  const action =
    clause.action === "nothing"
      ? ["DO NOTHING"]
      : [
          "DO UPDATE SET ",
          ...sqlAssignments(sql, clause.assignments, stored),
          ...(clause.where === undefined
            ? []
            : piece("where", [" WHERE ", ...sql.rules.expression(sql, clause.where)])),
        ];
  const columns = plain.length === clause.target.length ? plain : [];
  return [
    ...(e.conflicts[0] === clause ? guard : []),
    ...piece("conflict", [
      " ON CONFLICT",
      ...piece("conflictTarget", [...target, ...targetWhere], columns),
      " ",
      ...action,
    ]),
  ];
}

// The query that would end the source with its FROM.
function unguardedCore(source: Select): SelectCore | undefined {
  if (source.orderBy.length > 0 || source.limit !== undefined) return undefined;
  let body = source.body;
  while (body.kind === "compound") body = body.right;
  return body.kind === "core" &&
    body.from !== undefined &&
    body.where === undefined &&
    body.groupBy.length === 0 &&
    body.having === undefined &&
    body.windows.length === 0
    ? body
    : undefined;
}

/** Columns of an index or conflict target, with their directions. */
export function indexedColumns(sql: SqlLowering, columns: readonly IndexedColumn[]): SqlPart[] {
  return joined(
    columns.map((column) => [
      ...sql.rules.expression(sql, column.value),
      ...(column.direction === undefined ? [] : [` ${column.direction.toUpperCase()}`]),
    ]),
    ", ",
  );
}

/** `a = e, (b, c) = (…)`. */
export function sqlAssignments(sql: SqlLowering, assignments: readonly Assignment[], stored: StoredColumns): SqlPart[] {
  const columnOf = (name: Name | undefined): StoredColumn =>
    stored.get(name?.text.toLowerCase() ?? "") ?? UNKNOWN_COLUMN;
  return joined(
    assignments.map((assignment): SqlParts => {
      const [only] = assignment.columns;
      if (assignment.columns.length === 1 && only !== undefined)
        return [
          identifier(only),
          " = ",
          ...piece("set", storedInto(sql, assignment.value, columnOf(only)), [only.text]),
        ];
      if (assignment.value.kind === "row" && assignment.value.items.length === assignment.columns.length) {
        const values = assignment.value.items.map((item, at) => {
          const column = assignment.columns[at];
          return piece("set", storedInto(sql, item, columnOf(column)), column === undefined ? [] : [column.text]);
        });
        return [...nameList(assignment.columns), " = (", ...joined(values, ", "), ")"];
      }
      return [
        ...nameList(assignment.columns),
        " = ",
        ...piece(
          "set",
          sql.rules.expression(sql, assignment.value),
          assignment.columns.map((column) => column.text),
        ),
      ];
    }),
    ", ",
  );
}

/** ` RETURNING …` or nothing. */
export function sqlReturning(sql: SqlLowering, columns: readonly ResultColumn[]): SqlPart[] {
  return columns.length === 0 ? [] : [" RETURNING ", ...sqlColumns(sql, columns, { named: false })];
}

// The rows that UPDATE and DELETE look at, for functions that are called once per row.
function withTarget(sql: SqlLowering, e: Update | Delete, others: (inner: SqlLowering) => SqlPart[]): SqlLowering {
  const name = (e.target.alias ?? e.target.name?.parts.at(-1))?.text.toLowerCase();
  const withs = e.with === undefined ? sql.withs : [...sql.withs, e.with];
  return {
    ...sql,
    withs,
    scope: {
      from: (inner) => [...sqlTarget(inner, e.target), ...others(inner)],
      names: name === undefined ? [] : [name],
      where: e.where,
      writes: true,
      withs,
    },
  };
}

/** UPDATE. */
export function sqlUpdate(outer: SqlLowering, e: Update): SqlPart[] {
  const { from: others } = e;
  const sql = withTarget(outer, e, (inner) => (others === undefined ? [] : [", ", ...sqlFrom(inner, others, [])]));
  const conditions: SqlParts[] = [];
  const from = e.from === undefined ? [] : [" FROM ", ...piece("from", sqlFrom(sql, e.from, conditions))];
  const assignments = sqlAssignments(sql, e.assignments, storedColumns(sql, e.target));
  return [
    ...piece("with", sqlWith(sql, e.with)),
    e.or === undefined ? "UPDATE " : `UPDATE OR ${e.or.toUpperCase()} `,
    ...piece("target", sqlTarget(sql, e.target)),
    " SET ",
    ...assignments,
    ...from,
    ...piece("where", sqlWhere(sql, [e.target, ...(e.from === undefined ? [] : [e.from])], e.where, conditions)),
    ...piece("returning", sqlReturning(sql, e.returning)),
    ...sqlOrder(sql, e),
  ];
}

/** DELETE. Without WHERE the engine frees whole pages, which a predicate would keep it from; `WHERE true` only says that it is meant. */
export function sqlDelete(outer: SqlLowering, written: Delete): SqlPart[] {
  const e = written.where?.kind === "boolean" && written.where.value ? { ...written, where: undefined } : written;
  const sql = withTarget(outer, e, () => []);
  return [
    ...piece("with", sqlWith(sql, e.with)),
    "DELETE FROM ",
    ...piece("target", sqlTarget(sql, e.target)),
    ...piece("where", sqlWhere(sql, e.where === undefined ? undefined : [e.target], e.where, [])),
    ...piece("returning", sqlReturning(sql, e.returning)),
    ...sqlOrder(sql, e),
  ];
}

function sqlOrder(sql: SqlLowering, e: Update | Delete): SqlPart[] {
  return piece("order", [
    ...(e.orderBy.length === 0 ? [] : [" ORDER BY ", ...sql.rules.order(sql, e.orderBy)]),
    ...sqlLimit(sql, e.limit, e.offset),
  ]);
}
