// Queries as parts: WITH, SELECT, VALUES, set operations, ORDER BY, LIMIT, and what stands after FROM.
import { InternalError } from "../../base/failure.ts";
import type { SqlPart, SqlParts } from "../../base/sql-form.ts";
import type {
  Expression,
  Join,
  QueryBody,
  ResultColumn,
  Select,
  SelectCore,
  SqlStatement,
  TableExpression,
  WithClause,
} from "../syntax/tree.ts";
import { sqlList } from "./sql-calls.ts";
import { groupingKeys, hasWideKey, orderTerms } from "./sql-decimals.ts";
import { identifier, joined, nameList, type SelectOptions, type SqlLowering, type SqlScope } from "./sql-builder.ts";
import { sqlWhere, tickTables } from "./sql-ticks.ts";

/** A whole query. */
export function sqlSelect(sql: SqlLowering, query: Select, options: SelectOptions = { named: false }): SqlPart[] {
  const inner: SqlLowering = query.with === undefined ? sql : { ...sql, withs: [...sql.withs, query.with] };
  const order = query.body.kind === "core" ? withScope(inner, query.body) : inner;
  // After a set operation the engine sorts by columns only, not by keys of them.
  const wrapped = query.body.kind === "compound" && query.orderBy.some((term) => hasWideKey(inner, query.body, term));
  return [
    ...sqlWith(sql, query.with),
    ...(wrapped
      ? ["SELECT * FROM (", ...sqlBody(inner, query.body, { named: true }), ")"]
      : sqlBody(inner, query.body, options)),
    ...(query.orderBy.length === 0 ? [] : [" ORDER BY ", ...sql.rules.order(order, orderTerms(inner, query))]),
    ...sqlLimit(inner, query.limit, query.offset),
  ];
}

/** LIMIT and OFFSET, or nothing. */
export function sqlLimit(sql: SqlLowering, limit: Expression | undefined, offset: Expression | undefined): SqlPart[] {
  if (limit === undefined && offset === undefined) return [];
  const parts = (e: Expression | undefined): SqlParts | undefined =>
    e === undefined ? undefined : sql.rules.expression(sql, e);
  return [" ", { p: "limit", limit: parts(limit), offset: parts(offset) }];
}

/** `WITH … `, with a space behind, or nothing. */
export function sqlWith(sql: SqlLowering, clause: WithClause | undefined): SqlPart[] {
  if (clause === undefined) return [];
  const tables = clause.tables.map(
    (table): SqlParts => [
      identifier(table.name),
      ...(table.columns.length === 0 ? [] : nameList(table.columns)),
      table.materialized === undefined ? " AS (" : table.materialized ? " AS MATERIALIZED (" : " AS NOT MATERIALIZED (",
      ...commonQuery(sql, table.query, table.columns.length === 0),
      ")",
    ],
  );
  return [clause.recursive ? "WITH RECURSIVE " : "WITH ", ...joined(tables, ", "), " "];
}

function commonQuery(sql: SqlLowering, query: SqlStatement, named: boolean): SqlPart[] {
  if (query.kind !== "select") throw new InternalError(`lower: ${query.kind} in WITH`);
  return sql.rules.select(sql, query, { named });
}

function sqlBody(sql: SqlLowering, body: QueryBody, options: SelectOptions): SqlPart[] {
  switch (body.kind) {
    case "core":
      return sqlCore(sql, body, options);
    case "values":
      return [
        "VALUES ",
        ...joined(
          body.rows.map((row) => ["(", ...sqlList(sql, row), ")"]),
          ", ",
        ),
      ];
    case "compound":
      return [
        ...sqlBody(sql, body.left, options),
        ` ${body.operator.toUpperCase()} `,
        ...sqlBody(sql, body.right, { named: false }),
      ];
  }
}

// Grouped rows are not rows of the tables: functions over them cannot be asked for beforehand.
function withScope(sql: SqlLowering, core: SelectCore): SqlLowering {
  const { from } = core;
  if (from === undefined || core.groupBy.length > 0 || core.having !== undefined) return { ...sql, scope: undefined };
  const scope: SqlScope = {
    from: (inner) => sqlFrom(inner, from, []),
    names: exposedNames(from),
    where: core.where,
    writes: false,
    withs: sql.withs,
  };
  return { ...sql, scope };
}

function exposedNames(table: TableExpression): readonly string[] {
  if (table.kind === "join") return [...exposedNames(table.left), ...exposedNames(table.right)];
  if (table.kind === "parenthesizedTable" && table.alias === undefined) return exposedNames(table.inner);
  const name = exposedName(table);
  return name === undefined ? [] : [name.toLowerCase()];
}

function sqlCore(outer: SqlLowering, core: SelectCore, options: SelectOptions): SqlPart[] {
  const sql = withScope(outer, core);
  const conditions: SqlParts[] = [];
  const from = core.from === undefined ? [] : [" FROM ", ...sqlFrom(sql, core.from, conditions)];
  return [
    core.distinct ? "SELECT DISTINCT " : "SELECT ",
    ...sqlColumns(sql, core.columns, options),
    ...from,
    ...sqlWhere(sql, tickTables(sql, core, { searched: options.searched === true }), core.where, conditions),
    ...(core.groupBy.length === 0 ? [] : [" GROUP BY ", ...groupingKeys(sql, core.groupBy)]),
    ...(core.having === undefined ? [] : [" HAVING ", ...sql.rules.expression(sql, core.having)]),
    ...(core.windows.length === 0
      ? []
      : [
          " WINDOW ",
          ...joined(
            core.windows.map((window) => [identifier(window.name), " AS ", ...sql.rules.window(sql, window.spec)]),
            ", ",
          ),
        ]),
  ];
}

/** Result columns of SELECT and RETURNING. */
export function sqlColumns(sql: SqlLowering, columns: readonly ResultColumn[], options: SelectOptions): SqlPart[] {
  return joined(
    columns.map((column): SqlParts => {
      if (column.kind === "star")
        return column.table === undefined
          ? ["*"]
          : [
              ...joined(
                column.table.parts.map((part) => [identifier(part)]),
                ".",
              ),
              ".*",
            ];
      const value = sql.rules.expression(sql, column.value);
      if (column.alias !== undefined) return [...value, " AS ", identifier(column.alias)];
      return options.named && !isPlainColumn(column.value)
        ? [...value, " AS ", identifier(sourceText(sql, column.value))]
        : value;
    }),
    ", ",
  );
}

function isPlainColumn(e: Expression): boolean {
  return e.kind === "name" || e.kind === "member" || (e.kind === "string" && e.quote === "double");
}

// The engine names a column without an alias by its text; ours is printed anew, so the name is given.
function sourceText(sql: SqlLowering, e: Expression): string {
  return sql.ctx.item.text.slice(e.span.start, e.span.end).trim();
}

/** What stands after FROM; `conditions` collects those of anti and semi joins for WHERE. */
export function sqlFrom(sql: SqlLowering, table: TableExpression, conditions: SqlParts[]): SqlPart[] {
  if (table.kind === "join") return sqlJoin(sql, table, conditions);
  if (table.kind === "parenthesizedTable") {
    return [
      "(",
      ...sqlFrom(sql, table.inner, conditions),
      ")",
      ...(table.alias === undefined ? [] : [" AS ", identifier(table.alias)]),
    ];
  }
  return sql.rules.table(sql, table);
}

const JOIN_WORDS: Readonly<Record<Exclude<Join["type"], "anti" | "semi" | "comma">, string>> = {
  inner: "JOIN",
  left: "LEFT JOIN",
  right: "RIGHT JOIN",
  full: "FULL JOIN",
  cross: "CROSS JOIN",
};

function sqlJoin(sql: SqlLowering, join: Join, conditions: SqlParts[]): SqlPart[] {
  const left = sqlFrom(sql, join.left, conditions);
  if (join.type === "anti" || join.type === "semi") {
    const inner: SqlParts[] = [];
    const right = sqlFrom(sql, join.right, inner);
    const on = join.on !== undefined ? sql.rules.expression(sql, join.on) : usingCondition(sql, join);
    const where = joined([...(on.length === 0 ? [] : [on]), ...inner], " AND ");
    conditions.push([
      join.type === "anti" ? "NOT EXISTS (SELECT 1 FROM " : "EXISTS (SELECT 1 FROM ",
      ...right,
      ...(where.length === 0 ? [] : [" WHERE ", ...where]),
      ")",
    ]);
    return left;
  }
  // A comma binds looser than JOIN, but our tree is left-deep, as SQLite's is.
  const word = join.type === "comma" ? ", " : ` ${join.natural ? "NATURAL " : ""}${JOIN_WORDS[join.type]} `;
  const right = sqlFrom(sql, join.right, conditions);
  return [
    ...left,
    word,
    ...(join.right.kind === "join" ? ["(", ...right, ")"] : right),
    ...(join.on === undefined ? [] : [" ON ", ...sql.rules.expression(sql, join.on)]),
    ...(join.using.length === 0 ? [] : [" USING ", ...nameList(join.using)]),
  ];
}

// `USING (a)` of an anti or semi join as a comparison of qualified columns.
function usingCondition(_sql: SqlLowering, join: Join): SqlPart[] {
  const left = exposedName(join.left);
  const right = exposedName(join.right);
  if (left === undefined || right === undefined) return [];
  return joined(
    join.using.map((name) => [
      identifier(left),
      ".",
      identifier(name),
      " = ",
      identifier(right),
      ".",
      identifier(name),
    ]),
    " AND ",
  );
}

function exposedName(table: TableExpression): string | undefined {
  switch (table.kind) {
    case "table":
      return table.alias?.text ?? table.name.parts.at(-1)?.text;
    case "subquery":
    case "tableValue":
    case "tableCall":
    case "parenthesizedTable":
      return table.alias?.text;
    case "join":
      return exposedName(table.left);
    case "hole":
      return undefined;
  }
}
