// SQL statements in code: queries as values, SELECT INTO, DML, DDL, and the statements that only the session can carry out.
import { InternalError } from "../../base/failure.ts";
import type { SqlForm, SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { RegisterType } from "../../bytecode/register-type.ts";
import type {
  CreateView,
  ExplainStatement,
  Expression,
  Select,
  SqlStatement,
  Statement,
  TableExpression,
} from "../syntax/tree.ts";
import { fieldsOf } from "../types/make.ts";
import type { StructType, Type } from "../types/type.ts";
import { storeInto } from "./assign.ts";
import { converted, hiddenLocal, nullValue, readLocal, setLocal } from "./build.ts";
import { lower, typeOf, type Lowering, type RowConditions } from "./context.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import type { ManageForm, SqlResult } from "./core-parts.ts";
import { single } from "./conversions.ts";
import { finished, newSql, parameter, scaleOf, type SqlLowering, type SqlRules } from "./sql-builder.ts";
import {
  sqlAlter,
  sqlCreateIndex,
  sqlCreateTable,
  sqlCreateTrigger,
  sqlCreateView,
  sqlCreateVirtualTable,
  sqlDrop,
} from "./sql-ddl.ts";
import { dmlOf, sqlDelete, sqlInsert, sqlUpdate } from "./sql-dml.ts";
import { sqlExpression } from "./sql-expressions.ts";
import { sqlOrder, sqlWindow } from "./sql-windows.ts";
import { lowerMerge } from "./sql-merge.ts";
import { sqlFrom, sqlSelect, sqlWith } from "./sql-select.ts";
import { sqlTable } from "./sql-tables.ts";
import { sqlWhere } from "./sql-ticks.ts";
import { mayBeNull, sqlTypeOf, withoutNull } from "./types.ts";

const RULES: SqlRules = {
  expression: sqlExpression,
  order: sqlOrder,
  window: sqlWindow,
  select: sqlSelect,
  table: sqlTable,
  with: sqlWith,
};

/** The form and the arguments of a query. */
export function queryForm(
  ctx: Lowering,
  statement: SqlStatement,
): { readonly form: SqlForm; readonly args: readonly CoreExpression[] } {
  const sql = newSql(ctx, RULES);
  const parts = dataParts(sql, statement);
  return { form: finished(sql, parts, "query", true, statement), args: sql.args };
}

/** All rows of a table expression, with the columns that the checker found. */
export function tableForm(
  ctx: Lowering,
  table: TableExpression,
  row: StructType | undefined,
  where?: RowConditions,
): { readonly form: SqlForm; readonly args: readonly CoreExpression[] } {
  const sql = newSql(ctx, RULES);
  const conditions: SqlParts[] = [];
  const from = sqlFrom(sql, table, conditions);
  conditions.push(...(where?.((value, place) => parameter(sql, value, place)) ?? []));
  const form = finished(
    sql,
    ["SELECT * FROM ", ...from, ...sqlWhere(sql, [table], undefined, conditions)],
    "query",
    true,
    undefined,
  );
  if (row === undefined) return { form, args: sql.args };
  return {
    form: {
      ...form,
      columns: fieldsOf(row).map((field) => ({
        name: field.name,
        type: sqlTypeOf(field.type),
        nullable: mayBeNull(field.type),
        ...scaleOf(field.type),
      })),
    },
    args: sql.args,
  };
}

// Parts of the statements that read or change rows.
function dataParts(sql: SqlLowering, statement: SqlStatement): SqlPart[] {
  switch (statement.kind) {
    case "select":
      return sqlSelect(sql, statement);
    case "insert":
      return sqlInsert(sql, statement);
    case "update":
      return sqlUpdate(sql, statement);
    case "delete":
      return sqlDelete(sql, statement);
    default:
      throw new InternalError(`lower: ${statement.kind} is no query`);
  }
}

/** A query or DML as a value; DML with RETURNING is a table, without it the number of rows. */
export function lowerQuery(ctx: Lowering, statement: SqlStatement, want: SqlResult, rep: RegisterType): CoreExpression {
  const { span } = statement;
  if (statement.kind === "select") {
    const { form, args } = queryForm(ctx, statement);
    const own = want === "table" ? "table" : want === "exists" ? "bool" : "any";
    return converted({ kind: "query", span, rep: own, form, args, result: want }, rep);
  }
  if (statement.kind === "insert" || statement.kind === "update" || statement.kind === "delete") {
    const value = execute(ctx, statement);
    if (value.rep === "table" && want !== "table" && want !== "exists") return single(value, want, { kind: "any" });
    return converted(value, rep);
  }
  if (statement.kind === "merge") return converted(lowerMerge(ctx, statement, RULES), rep);
  return { kind: "block", span, rep: "any", statements: lowerSqlStatement(ctx, statement), result: nullValue(span) };
}

function execute(
  ctx: Lowering,
  statement: Extract<SqlStatement, { readonly kind: "insert" | "update" | "delete" }>,
): CoreExpression {
  const sql = newSql(ctx, RULES);
  const returns = statement.returning.length > 0;
  const form = {
    ...finished(sql, dataParts(sql, statement), statement.kind, returns, statement),
    dml: dmlOf(statement),
  };
  return {
    kind: "execute",
    span: statement.span,
    rep: returns ? "table" : "int",
    form,
    args: sql.args,
    result: returns ? "rows" : "changes",
  };
}

/** A SQL statement that stands in code. */
export function lowerSqlStatement(ctx: Lowering, statement: SqlStatement): CoreStatement[] {
  if (statement.kind === "select" && statement.into.length > 0) return selectInto(ctx, statement);
  if (statement.kind === "createView" && statement.orReplace)
    return [evaluate(dropView(ctx, statement)), evaluate(statementValue(ctx, statement))];
  return [evaluate(statementValue(ctx, statement))];
}

function evaluate(value: CoreExpression): CoreStatement {
  return { kind: "evaluate", span: value.span, value };
}

/** What a SQL statement gives: rows, a number of rows, or what the session answers. */
export function statementValue(ctx: Lowering, statement: SqlStatement): CoreExpression {
  switch (statement.kind) {
    case "select":
      return lowerQuery(ctx, statement, "table", "table");
    case "insert":
    case "update":
    case "delete":
      return execute(ctx, statement);
    case "merge":
      return lowerMerge(ctx, statement, RULES);
    case "createTable":
      return define(ctx, statement, (sql) => sqlCreateTable(sql, statement));
    case "createIndex":
      return define(ctx, statement, (sql) => sqlCreateIndex(sql, statement));
    case "createView":
      return define(ctx, statement, (sql) => sqlCreateView(sql, statement));
    case "createVirtualTable":
      return define(ctx, statement, () => sqlCreateVirtualTable(statement));
    case "createNativeTrigger":
      return define(ctx, statement, (sql) => sqlCreateTrigger(sql, statement, dataParts));
    case "alterTable":
      return define(ctx, statement, (sql) => sqlAlter(sql, statement));
    case "drop":
      return define(ctx, statement, () => sqlDrop(statement));
    case "transactionControl":
      return manage(
        ctx,
        statement,
        {
          verb: "transactionControl",
          action: statement.action,
          ...optional("mode", statement.mode),
          ...optional("isolation", statement.isolation),
          ...optional("name", statement.name?.text),
        },
        [],
      );
    case "pragma": {
      const { value } = statement;
      const name = statement.name.parts.map((part) => part.text).join(".");
      if (value === undefined) return manage(ctx, statement, { verb: "pragma", name, form: statement.form }, []);
      if (!("kind" in value))
        return manage(ctx, statement, { verb: "pragma", name, form: statement.form, text: value.text }, []);
      return manage(ctx, statement, { verb: "pragma", name, form: statement.form, value: 0 }, [lower(ctx, value)]);
    }
    case "maintenance":
      return manage(
        ctx,
        statement,
        {
          verb: "maintenance",
          action: statement.action,
          ...optional("name", statement.name?.parts.map((part) => part.text).join(".")),
          ...(statement.into === undefined ? {} : { into: 0 }),
        },
        statement.into === undefined ? [] : [lower(ctx, statement.into)],
      );
    case "explain":
      return explain(ctx, statement);
  }
}

function optional(key: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [key]: value };
}

function define(ctx: Lowering, statement: SqlStatement, parts: (sql: SqlLowering) => SqlPart[]): CoreExpression {
  const sql = newSql(ctx, RULES);
  const made = parts(sql);
  return {
    kind: "execute",
    span: statement.span,
    rep: "int",
    form: finished(sql, made, "ddl", false, undefined),
    args: sql.args,
    result: "changes",
  };
}

// SQLite has no CREATE OR REPLACE VIEW.
function dropView(ctx: Lowering, view: CreateView): CoreExpression {
  return define(ctx, view, () =>
    sqlDrop({ kind: "drop", object: "view", ifExists: true, name: view.name, span: view.span }),
  );
}

function manage(
  _ctx: Lowering,
  statement: SqlStatement,
  form: ManageForm,
  args: readonly CoreExpression[],
): CoreExpression {
  return { kind: "manage", span: statement.span, rep: "any", form, args };
}

// EXPLAIN of SQL carries the form; of a call, the routine and its arguments.
function explain(ctx: Lowering, e: ExplainStatement): CoreExpression {
  const sqlStatement = targetSql(e.target);
  if (sqlStatement !== undefined) {
    const sql = newSql(ctx, RULES);
    const form = {
      ...finished(sql, dataParts(sql, sqlStatement), "query", true, undefined),
      ...(sqlStatement.kind === "select" ? {} : { dml: dmlOf(sqlStatement) }),
    };
    return manage(
      ctx,
      e,
      { verb: "explain", what: e.what, sql: form, parameters: sql.args.map((_arg, at) => at) },
      sql.args,
    );
  }
  const target = e.target as Statement;
  const call: Expression | undefined =
    target.kind === "callStatement" ? target.call : target.kind === "expressionStatement" ? target.value : undefined;
  const resolution = call === undefined ? undefined : ctx.checked.calls.get(call);
  const args =
    resolution !== undefined && "args" in resolution
      ? resolution.args.flatMap((argument) => (argument.kind === "value" ? [lower(ctx, argument.value)] : []))
      : [];
  const routine =
    resolution?.kind === "routine"
      ? resolution.routine.name
      : resolution?.kind === "late"
        ? resolution.name
        : call?.kind === "call" && call.callee.kind === "name"
          ? call.callee.name.text
          : undefined;
  return manage(
    ctx,
    e,
    { verb: "explain", what: e.what, ...optional("routine", routine), arguments: args.map((_arg, at) => at) },
    args,
  );
}

function targetSql(
  target: SqlStatement | Statement,
): Extract<SqlStatement, { readonly kind: "select" | "insert" | "update" | "delete" }> | undefined {
  const inner = target.kind === "sql" ? target.statement : target;
  return inner.kind === "select" || inner.kind === "insert" || inner.kind === "update" || inner.kind === "delete"
    ? inner
    : undefined;
}

// Null into every target when there is no row.
function selectInto(ctx: Lowering, statement: Select): CoreStatement[] {
  const { span } = statement;
  const { form, args } = queryForm(ctx, statement);
  const columns = ctx.checked.sql.get(statement)?.columns;
  const [only] = statement.into;
  const row = hiddenLocal("row", "any");
  const query: CoreExpression = { kind: "query", span, rep: "any", form, args, result: "row" };
  if (
    statement.into.length === 1 &&
    only !== undefined &&
    withoutNull(typeOf(ctx, only)).kind === "struct" &&
    (columns?.length ?? 2) > 1
  ) {
    return [setLocal(span, row, query), ...storeInto(ctx, only, readLocal(span, row), { kind: "any" })];
  }
  return [
    setLocal(span, row, query),
    ...statement.into.flatMap((target, at) => {
      const type: Type =
        columns?.[at] === undefined ? { kind: "any" } : { kind: "nullable", inner: withoutNull(columns[at].type) };
      const cell: CoreExpression = {
        kind: "field",
        span,
        rep: "any",
        object: readLocal(span, row),
        name: columns?.[at]?.name ?? "",
        slot: at,
      };
      return storeInto(ctx, target, cell, type);
    }),
  ];
}
