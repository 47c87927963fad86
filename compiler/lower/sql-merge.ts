// MERGE on engines without it: what each branch will do is found first and kept, then rows are updated and deleted, then inserted.
// So no step sees what another one changed. A single matched branch is one statement; several work by the keys of the rows they found.
import type { DmlForm, SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { Expression, Merge, MergeBranch, Name } from "../syntax/tree.ts";
import { block, hiddenLocal, intValue, readLocal, setLocal } from "./build.ts";
import { complain, type Lowering } from "./context.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import { arithmetic } from "./operators.ts";
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

/** A branch that does something, and the conditions of those before it that took their rows. */
interface Step {
  readonly branch: MergeBranch;
  readonly earlier: readonly Expression[];
}

/** The statements that a MERGE stands for; its value is the number of rows that they change. */
export function lowerMerge(ctx: Lowering, e: Merge, rules: SqlRules): CoreExpression {
  const changes = stepsOf(e.branches.filter((branch) => branch.matched));
  const inserts = stepsOf(e.branches.filter((branch) => !branch.matched));
  const [first] = changes;
  const direct = changes.length === 1 && first?.earlier.length === 0 ? first : undefined;
  const finding: CoreStatement[] = [];
  const doing: CoreStatement[] = [];
  const total = hiddenLocal("changes", "int");
  const run = (changes: CoreExpression): void => {
    const sum = doing.length === 0 ? changes : arithmetic(e.span, "+", readLocal(e.span, total), changes, "int");
    doing.push(setLocal(e.span, total, sum));
  };
  if (direct !== undefined) run(changeMatched(ctx, e, direct.branch, rules));
  for (const step of direct === undefined ? changes : []) {
    const rows = hiddenLocal("matched", "table");
    finding.push(setLocal(e.span, rows, matchedRows(ctx, e, step, rules)));
    run(changeRows(ctx, e, step.branch, readLocal(e.span, rows), rules));
  }
  for (const step of inserts) {
    const rows = hiddenLocal("merged", "table");
    finding.push(setLocal(e.span, rows, missingRows(ctx, e, step, rules)));
    run(insertRows(ctx, e, step.branch, readLocal(e.span, rows), rules));
  }
  const result = doing.length === 0 ? intValue(e.span, 0) : readLocal(e.span, total);
  return block(e.span, [...finding, ...doing], result);
}

/** Branches of one kind in order; what stands behind one without a condition is never reached. */
function stepsOf(branches: readonly MergeBranch[]): readonly Step[] {
  const steps: Step[] = [];
  const earlier: Expression[] = [];
  for (const branch of branches) {
    if (branch.action !== "nothing") steps.push({ branch, earlier: [...earlier] });
    if (branch.condition === undefined) break;
    earlier.push(branch.condition);
  }
  return steps;
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

/** The step's own condition, and that no earlier branch took the row. */
function chosen(sql: SqlLowering, { branch, earlier }: Step): SqlPart[] {
  const own: SqlPart[] = branch.condition === undefined ? [] : [" AND ", ...condition(sql, [branch.condition])];
  const others = earlier.flatMap((part): SqlPart[] => [" AND ", ...condition(sql, [part]), " IS NOT TRUE"]);
  return [...own, ...others];
}

// Values of the rows that match nothing, as columns c0, c1, …
function missingRows(ctx: Lowering, e: Merge, step: Step, rules: SqlRules): CoreExpression {
  const sql = newSql(ctx, rules);
  const values = step.branch.values.map(
    (value, at): SqlParts => [...sql.rules.expression(sql, value), " AS ", identifier(`c${at}`)],
  );
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
    ...chosen(sql, step),
  ];
  return keptRows(e, sql, parts);
}

function keptRows(e: Merge, sql: SqlLowering, parts: SqlParts): CoreExpression {
  return {
    kind: "query",
    span: e.span,
    rep: "table",
    form: finished(sql, parts, "query", true, undefined),
    args: sql.args,
    result: "table",
  };
}

/** One column that a branch sets, with its new value. */
interface SetColumn {
  readonly name: Name;
  readonly value: Expression;
}

function setColumns(ctx: Lowering, branch: MergeBranch): readonly SetColumn[] {
  return branch.assignments.flatMap((assignment): readonly SetColumn[] => {
    const { columns, value } = assignment;
    const values = columns.length === 1 ? [value] : value.kind === "row" ? value.items : [];
    if (values.length !== columns.length)
      complain(ctx, "MergeTooComplex", assignment.span, {}, { help: "Set each column by an expression of its own." });
    return columns.flatMap((name, at) => {
      const each = values[at];
      return each === undefined ? [] : [{ name, value: each }];
    });
  });
}

/** Columns by which a row of the target is found again. */
function keyOf(sql: SqlLowering, e: Merge): readonly string[] {
  const resolution = sql.ctx.checked.tables.get(e.target);
  const table = resolution?.kind === "catalog" ? resolution.table : undefined;
  return table?.withoutRowid === true ? table.primaryKey : ["rowid"];
}

/** How columns of the target are qualified. */
function targetQualifier(ctx: Lowering, e: Merge): string {
  const name = (e.target.alias ?? e.target.name?.parts.at(-1))?.text;
  if (name === undefined)
    complain(ctx, "MergeTooComplex", e.target.span, {}, { help: "Give the target a name with AS." });
  return name ?? "target";
}

// Keys k0, k1 … of the rows that a branch changes, with the new values as c0, c1 …
function matchedRows(ctx: Lowering, e: Merge, step: Step, rules: SqlRules): CoreExpression {
  const sql = newSql(ctx, rules);
  const qualifier = targetQualifier(ctx, e);
  const stored = storedColumns(sql, e.target);
  const keys = keyOf(sql, e).map(
    (key, at): SqlParts => [identifier(qualifier), ".", identifier(key), " AS ", identifier(`k${at}`)],
  );
  const values = setColumns(ctx, step.branch).map(({ name, value }, at): SqlParts => {
    const place = stored.get(name.text.toLowerCase())?.place ?? "value";
    return [...sql.rules.expression(sql, value, place), " AS ", identifier(`c${at}`)];
  });
  return keptRows(e, sql, [
    ...sqlWith(sql, e.with),
    "SELECT ",
    ...joined([...keys, ...values], ", "),
    " FROM ",
    ...sqlTarget(sql, e.target),
    ", ",
    ...source(sql, e),
    " WHERE ",
    ...tickBefore(sql, [e.target, e.source]),
    ...condition(sql, [e.on]),
    ...chosen(sql, step),
  ]);
}

const KEPT = "grz_kept";

/** Updates or deletes the rows that were found, by their keys. */
function changeRows(
  ctx: Lowering,
  e: Merge,
  branch: MergeBranch,
  rows: CoreExpression,
  rules: SqlRules,
): CoreExpression {
  const sql = newSql(ctx, rules);
  const qualifier = targetQualifier(ctx, e);
  const stored = storedColumns(sql, e.target);
  const target = piece("target", sqlTarget(sql, e.target));
  sql.args.push(rows);
  const keys = keyOf(sql, e);
  const sets = setColumns(ctx, branch);
  const columns = [...keys.map((_key, at) => `k${at}`), ...sets.map((_set, at) => `c${at}`)];
  const kept: SqlPart[] = [
    { p: "rows", index: sql.args.length - 1, columns: columns.map((name) => ({ name, type: "any" as const })) },
    " AS ",
    identifier(KEPT),
  ];
  const column = (name: string): SqlPart[] => [identifier(KEPT), ".", identifier(name)];
  const same = joined(
    keys.map((key, at): SqlParts => [identifier(qualifier), ".", identifier(key), " = ", ...column(`k${at}`)]),
    " AND ",
  );
  const assignments = sets.map(({ name }, at): SqlParts => {
    const value = storedValue(column(`c${at}`), stored.get(name.text.toLowerCase())?.type);
    return [identifier(name), " = ", ...piece("set", value, [name.text])];
  });
  const parts: SqlPart[] =
    branch.action === "update"
      ? [
          "UPDATE ",
          ...target,
          " SET ",
          ...joined(assignments, ", "),
          " FROM ",
          ...piece("from", kept),
          ...piece("where", [" WHERE ", ...same]),
        ]
      : [
          "DELETE FROM ",
          ...target,
          ...piece("where", [" WHERE EXISTS (SELECT 1 FROM ", ...kept, " WHERE ", ...same, ")"]),
        ];
  return changing(e, sql, parts, branch);
}

function changing(e: Merge, sql: SqlLowering, parts: SqlParts, branch: MergeBranch): CoreExpression {
  const verb = branch.action === "nothing" ? "update" : branch.action;
  return {
    kind: "execute",
    span: e.span,
    rep: "int",
    form: { ...finished(sql, parts, verb, false, undefined), dml: dmlOfBranch(e, branch) },
    args: sql.args,
    result: "changes",
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
  return changing(e, sql, parts, branch);
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
  return changing(e, sql, parts, branch);
}
