// Places where an engine may put a predicate that is evaluated for each row, so that a long statement can be stopped in process ({p: "tick"}).
// A predicate without columns is evaluated in the outermost loop of a join; so it gets a column of each joined table, the rowid where there is one: every index holds it.
import type { SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { Expression, QueryBody, SelectCore, TableExpression, TargetTable } from "../syntax/tree.ts";
import { fieldsOf } from "../types/make.ts";
import type { StructType } from "../types/type.ts";
import type { TableResolution } from "../check/checked.ts";
import { finalTypeOf } from "./context.ts";
import { identifier, joined, type SqlLowering } from "./sql-builder.ts";
import { withoutNull } from "./types.ts";

/** ` WHERE …` with the place for the predicate, or nothing. `tables` is undefined where none is wanted. `conditions` are already fit for AND. */
export function sqlWhere(
  sql: SqlLowering,
  tables: readonly (TableExpression | TargetTable)[] | undefined,
  where: Expression | undefined,
  conditions: readonly SqlParts[],
): SqlPart[] {
  const ticks = sql.fixed || tables === undefined ? undefined : sourcesOf(sql, tables);
  const all = [
    ...(where === undefined ? [] : [operand(sql, where, ticks === undefined && conditions.length === 0)]),
    ...conditions,
  ];
  if (all.length === 0) return ticks === undefined ? [] : [{ p: "tick", at: "where", sources: ticks }];
  return [
    " WHERE ",
    ...(ticks === undefined ? [] : [{ p: "tick", at: "and", sources: ticks } as const]),
    ...joined(all, " AND "),
  ];
}

/** A condition as an operand of AND. */
function operand(sql: SqlLowering, where: Expression, alone: boolean): SqlParts {
  const parts = sql.rules.expression(sql, where);
  return alone || where.kind !== "binary" || where.operator !== "or" ? parts : ["(", ...parts, ")"];
}

/** The place at the start of a condition that is written otherwise; nothing inside views and triggers. */
export function tickBefore(sql: SqlLowering, tables: readonly (TableExpression | TargetTable)[]): SqlPart[] {
  return sql.fixed ? [] : [{ p: "tick", at: "and", sources: sourcesOf(sql, tables) }];
}

/** The WHERE that the end of INSERT … SELECT needs before ON CONFLICT; `body` has none of its own. */
export function tickGuard(sql: SqlLowering, body: QueryBody): SqlPart {
  return body.kind === "core" && !sql.fixed && tickTables(sql, body, { searched: false }) !== undefined
    ? { p: "tick", at: "guard", sources: [] }
    : " WHERE true";
}

/**
 * The tables of a query for `sqlWhere`; undefined where the engine does without a loop of its own: no FROM, `count(*)` of a whole table, and
 * `x IN (SELECT c FROM t)` (`searched`), which looks into the index of c as long as the query has no WHERE.
 */
export function tickTables(
  sql: SqlLowering,
  core: SelectCore,
  options: { readonly searched: boolean },
): readonly TableExpression[] | undefined {
  const { from } = core;
  if (from === undefined) return undefined;
  const isWholeTable = core.where === undefined && from.kind === "table" && catalogTable(sql, from)?.kind === "table";
  return isWholeTable && (options.searched || countsRows(core)) ? undefined : [from];
}

function countsRows(core: SelectCore): boolean {
  const [only] = core.columns;
  if (core.columns.length !== 1 || only?.kind === "star" || core.groupBy.length > 0) return false;
  const value = only?.value;
  return value?.kind === "call" && value.star && value.filter === undefined && value.over === undefined;
}

function catalogTable(
  sql: SqlLowering,
  table: object,
): Extract<TableResolution, { readonly kind: "catalog" }>["table"] | undefined {
  const resolution = sql.ctx.checked.tables.get(table);
  return resolution?.kind === "catalog" ? resolution.table : undefined;
}

// A column of each table of a join, as far as they are known; none for a single table.
function sourcesOf(sql: SqlLowering, tables: readonly (TableExpression | TargetTable)[]): readonly SqlParts[] {
  const leaves = tables.flatMap(leavesOf);
  if (leaves.length < 2) return [];
  return leaves.flatMap((leaf): SqlParts[] => {
    const name = exposedName(leaf);
    const column = columnOf(sql, leaf);
    return name === undefined || column === undefined ? [] : [[identifier(name), ".", identifier(column)]];
  });
}

type Leaf = Exclude<TableExpression, { readonly kind: "join" }> | TargetTable;

function leavesOf(table: TableExpression | TargetTable): readonly Leaf[] {
  if (!("kind" in table)) return [table];
  if (table.kind === "parenthesizedTable" && table.alias === undefined) return leavesOf(table.inner);
  if (table.kind !== "join") return [table];
  return table.type === "anti" || table.type === "semi"
    ? leavesOf(table.left)
    : [...leavesOf(table.left), ...leavesOf(table.right)];
}

function exposedName(leaf: Leaf): string | undefined {
  if (!("kind" in leaf) || leaf.kind === "table") return leaf.alias?.text ?? leaf.name?.parts.at(-1)?.text;
  return leaf.kind === "hole" ? undefined : leaf.alias?.text;
}

function columnOf(sql: SqlLowering, leaf: Leaf): string | undefined {
  if ("kind" in leaf && leaf.kind === "subquery") return firstColumn(sql, leaf.query.body);
  const resolution = sql.ctx.checked.tables.get(leaf);
  switch (resolution?.kind) {
    case "catalog": {
      const { kind, withoutRowid } = resolution.table;
      return kind === "system" ? undefined : kind === "table" && !withoutRowid ? "rowid" : firstField(resolution.row);
    }
    case "tableVariable":
      return firstField(resolution.row);
    case "listVariable":
      return isScalarList(resolution.variable.type) ? "value" : firstField(resolution.row);
    case "value":
      return "kind" in leaf && leaf.kind === "tableValue" && isScalarList(finalTypeOf(sql.ctx, leaf.value))
        ? "value"
        : firstField(resolution.row);
    case "cte":
    case "engineFunction":
    case "routine":
      return firstField(resolution.row);
    // Its columns are known only when it runs.
    case "nameVariable":
    case "unknown":
    case undefined:
      return undefined;
  }
}

function isScalarList(type: Parameters<typeof withoutNull>[0]): boolean {
  const seen = withoutNull(type);
  return seen.kind === "list" && withoutNull(seen.element).kind !== "struct";
}

// Columns of a view are those of its query, which the checker has seen; the catalog may not list them.
function firstField(row: StructType | undefined): string | undefined {
  return row === undefined ? undefined : fieldsOf(row)[0]?.name;
}

// The name of a subquery's first column, where it has a plain one.
function firstColumn(sql: SqlLowering, body: QueryBody): string | undefined {
  if (body.kind === "values") return "column1";
  if (body.kind === "compound") return firstColumn(sql, body.left);
  const [first] = body.columns;
  if (first === undefined) return undefined;
  if (first.kind !== "star")
    return (
      first.alias?.text ??
      (first.value.kind === "name"
        ? first.value.name.text
        : first.value.kind === "member"
          ? first.value.name.text
          : undefined)
    );
  const leaf = first.table === undefined && body.from !== undefined ? leavesOf(body.from)[0] : undefined;
  if (leaf === undefined) return undefined;
  const resolution = sql.ctx.checked.tables.get(leaf);
  // `*` does not give the rowid.
  return resolution?.kind === "catalog" ? firstField(resolution.row) : columnOf(sql, leaf);
}
