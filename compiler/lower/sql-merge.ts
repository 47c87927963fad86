// MERGE on engines without it: the rows to insert are found first and kept, then matching rows are deleted and updated, then the kept rows are inserted.
// So no step sees what another one changed. Of the matched branches only one update and one delete can be told apart this way; more are refused.
import type { DmlForm, SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { Expression, Merge, MergeBranch } from "../syntax/tree.ts";
import { hiddenLocal, readLocal, setLocal } from "./build.ts";
import { complain, type Lowering } from "./context.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import {
  finished,
  identifier,
  joined,
  nameList,
  newSql,
  piece,
  type SqlLowering,
  type SqlRules,
} from "./sql-builder.ts";
import { storedValue } from "./sql-decimals.ts";
import { sqlAssignments, storedColumns, targetOf } from "./sql-dml.ts";
import { sqlWith } from "./sql-select.ts";
import { sqlTarget, targetName } from "./sql-tables.ts";
import { tickBefore } from "./sql-ticks.ts";

/** The statements that a MERGE stands for. */
export function lowerMerge(ctx: Lowering, e: Merge, rules: SqlRules): CoreStatement[] {
  const matched = e.branches.filter((branch) => branch.matched && branch.action !== "nothing");
  const inserts = e.branches.filter((branch) => !branch.matched && branch.action === "insert");
  if (matched.length > 1 || inserts.length > 1 || e.branches.some((branch) => branch.action === "nothing")) {
    complain(
      ctx,
      "MergeTooComplex",
      e.span,
      {},
      { help: "Use one WHEN MATCHED and one WHEN NOT MATCHED branch, or separate statements." },
    );
    return [];
  }
  const [insert] = inserts;
  const [change] = matched;
  const rows = hiddenLocal("merged", "table");
  const statements: CoreStatement[] = [];
  if (insert !== undefined) statements.push(setLocal(e.span, rows, missingRows(ctx, e, insert, rules)));
  if (change !== undefined) statements.push(evaluate(e, changeMatched(ctx, e, change, rules)));
  if (insert !== undefined) statements.push(evaluate(e, insertRows(ctx, e, insert, readLocal(e.span, rows), rules)));
  return statements;
}

function evaluate(e: Merge, value: CoreExpression): CoreStatement {
  return { kind: "evaluate", span: e.span, value };
}

function source(sql: SqlLowering, e: Merge): SqlPart[] {
  return e.source.kind === "join" || e.source.kind === "parenthesizedTable"
    ? ["(", ...sql.rules.table(sql, e.source), ")"]
    : sql.rules.table(sql, e.source);
}

function condition(sql: SqlLowering, parts: readonly (Expression | undefined)[]): SqlPart[] {
  const present = parts.flatMap((part): SqlParts[] =>
    part === undefined ? [] : [["(", ...sql.rules.expression(sql, part), ")"]],
  );
  return joined(present, " AND ");
}

// Values of the rows that match nothing, as columns c0, c1, …
function missingRows(ctx: Lowering, e: Merge, branch: MergeBranch, rules: SqlRules): CoreExpression {
  const sql = newSql(ctx, rules);
  const values = branch.values.map(
    (value, at): SqlParts => [...sql.rules.expression(sql, value), " AS ", identifier(`c${at}`)],
  );
  const extra = branch.condition === undefined ? [] : [" AND ", ...condition(sql, [branch.condition])];
  const parts: SqlPart[] = [
    ...sqlWith(sql, e.with),
    "SELECT ",
    ...joined(values, ", "),
    " FROM ",
    ...source(sql, e),
    " WHERE ",
    ...tickBefore(sql, [e.source]),
    "NOT EXISTS (SELECT 1 FROM ",
    ...sqlTarget(sql, e.target),
    " WHERE ",
    ...condition(sql, [e.on]),
    ")",
    ...extra,
  ];
  return {
    kind: "query",
    span: e.span,
    rep: "table",
    form: finished(sql, parts, "query", true, undefined),
    args: sql.args,
    result: "table",
  };
}

function changeMatched(ctx: Lowering, e: Merge, branch: MergeBranch, rules: SqlRules): CoreExpression {
  const sql = newSql(ctx, rules);
  const target = sqlTarget(sql, e.target);
  const where = (): SqlPart[] => condition(sql, [e.on, branch.condition]);
  const parts: SqlPart[] =
    branch.action === "update"
      ? [
          ...piece("with", sqlWith(sql, e.with)),
          "UPDATE ",
          ...piece("target", target),
          " SET ",
          ...sqlAssignments(sql, branch.assignments, storedColumns(sql, e.target)),
          " FROM ",
          ...piece("from", source(sql, e)),
          ...piece("where", [" WHERE ", ...tickBefore(sql, [e.target, e.source]), ...where()]),
        ]
      : [
          ...piece("with", sqlWith(sql, e.with)),
          "DELETE FROM ",
          ...piece("target", target),
          ...piece("where", [
            " WHERE ",
            ...tickBefore(sql, [e.target]),
            "EXISTS (SELECT 1 FROM ",
            ...source(sql, e),
            " WHERE ",
            ...where(),
            ")",
          ]),
        ];
  return {
    kind: "execute",
    span: e.span,
    rep: "int",
    form: {
      ...finished(sql, parts, branch.action === "update" ? "update" : "delete", false, undefined),
      dml: dmlOfBranch(e, branch),
    },
    args: sql.args,
    result: "changes",
  };
}

// Upsert triggers fire for MERGE as they do for UPSERT, except for what it deletes.
function dmlOfBranch(e: Merge, branch: MergeBranch): DmlForm {
  const event = branch.action === "nothing" ? "update" : branch.action;
  const columns = event === "insert" ? branch.columns : branch.assignments.flatMap((assignment) => assignment.columns);
  return {
    event,
    upsert: event !== "delete",
    ...targetOf(e.target),
    columns: columns.map((column) => column.text),
  };
}

function insertRows(
  ctx: Lowering,
  e: Merge,
  branch: MergeBranch,
  rows: CoreExpression,
  rules: SqlRules,
): CoreExpression {
  const sql = newSql(ctx, rules);
  const target = targetName(sql, e.target);
  sql.args.push(rows);
  const columns = branch.values.map((_value, at) => ({ name: `c${at}`, type: "any" as const }));
  const stored = storedColumns(sql, e.target);
  const types =
    branch.columns.length === 0
      ? [...stored.values()].map((column) => column.type)
      : branch.columns.map((column) => stored.get(column.text.toLowerCase())?.type);
  const parts: SqlPart[] = [
    "INSERT INTO ",
    ...piece("target", target),
    ...(branch.columns.length === 0 ? [] : [" ", ...nameList(branch.columns)]),
    " ",
    ...piece("source", [
      "SELECT ",
      ...joined(
        columns.map((column, at) => storedValue([identifier(column.name)], types[at])),
        ", ",
      ),
      " FROM ",
      { p: "rows", index: sql.args.length - 1, columns },
    ]),
  ];
  return {
    kind: "execute",
    span: e.span,
    rep: "int",
    form: { ...finished(sql, parts, "insert", false, undefined), dml: dmlOfBranch(e, branch) },
    args: sql.args,
    result: "changes",
  };
}
