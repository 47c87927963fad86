// INSERT, REPLACE, UPSERT, UPDATE, DELETE and MERGE.
// Queries inside them stand in build-sql-select.ts.
import { InternalError } from "../../base/failure.ts";
import {
  all,
  has,
  kids,
  listOf,
  maybe,
  nameOf,
  one,
  only,
  qualifiedNameOf,
  rule,
  spanOf,
  type View,
  words,
} from "./build-node.ts";
import { buildSqlExpression, buildSqlExpressions } from "./build-sql-expressions.ts";
import { buildOrderBy } from "./build-windows.ts";
import { buildIndexedColumns } from "./build-sql-ddl.ts";
import {
  aliasOf,
  buildColumnNames,
  buildQuery,
  buildResultColumns,
  buildTable,
  buildTableOperand,
  buildWith,
  indexHint,
} from "./build-sql-select.ts";
import type { Name } from "./tree/common.ts";
import type { Expression } from "./tree/expressions.ts";
import type {
  Assignment,
  ConflictClause,
  Delete,
  Insert,
  Merge,
  MergeBranch,
  ResultColumn,
  TargetTable,
  Update,
  WithClause,
} from "./tree/sql.ts";

const withOf = (view: View): WithClause | undefined => {
  const inner = maybe(view, "With");
  return inner === undefined ? undefined : buildWith(inner);
};
const conditionOf = (view: View): Expression | undefined => {
  const where = maybe(view, "Where");
  return where === undefined ? undefined : buildSqlExpression(one(where, "SqlExpr"));
};
const returningOf = (view: View): readonly ResultColumn[] => {
  const returning = maybe(view, "Returning");
  return returning === undefined ? [] : buildResultColumns(one(returning, "ResultColumns"));
};
const orOf = (view: View): Insert["or"] => {
  const or = maybe(view, "OrAction");
  return or === undefined ? undefined : (words(one(or, "conflictWord")) as Insert["or"]);
};

/** INSERT, REPLACE and UPSERT. */
export function buildInsert(view: View): Insert {
  const verb = only(one(view, "InsertVerb"));
  const source = only(one(view, "InsertSource"));
  const keys = maybe(view, "UpsertKeys");
  return {
    kind: "insert",
    with: withOf(view),
    verb: rule(verb) === "kREPLACE" ? "replace" : rule(verb) === "kUPSERT" ? "upsert" : "insert",
    or: orOf(verb),
    target: buildTarget(only(one(view, "TargetTable"))),
    columns: buildColumnNames(maybe(view, "ColumnNames")),
    source: rule(source) === "Query" ? buildQuery(source) : undefined,
    upsertKeys: keys === undefined ? [] : buildColumnNames(one(keys, "ColumnNames")),
    conflicts: all(view, "ConflictClause").map(buildConflict),
    returning: returningOf(view),
    span: spanOf(view),
  };
}

function buildTarget(view: View): TargetTable {
  const host = maybe(view, "HostExpr");
  const name = maybe(view, "QualifiedName");
  return {
    name: name === undefined ? undefined : qualifiedNameOf(name),
    value: host === undefined ? undefined : view.ctx.build.expression(host),
    alias: aliasOf(view),
    indexedBy: indexHint(maybe(view, "IndexHint")),
    span: spanOf(view),
  };
}

function buildConflict(view: View): ConflictClause {
  const target = maybe(view, "ConflictTarget");
  const action = only(one(view, "ConflictAction"));
  const update = rule(action) === "ConflictUpdate" ? action : undefined;
  return {
    target: target === undefined ? [] : buildIndexedColumns(one(target, "IndexedColumns")),
    targetWhere: target === undefined ? undefined : conditionOf(target),
    action: update === undefined ? "nothing" : "update",
    assignments: update === undefined ? [] : buildAssignments(one(update, "Assignments")),
    where: update === undefined ? undefined : conditionOf(update),
    span: spanOf(view),
  };
}

function buildAssignments(view: View): readonly Assignment[] {
  return listOf(view, "Assignment", "CommaAssignment").map((assignment) => ({
    columns: assignedColumns(only(one(assignment, "AssignmentTarget"))),
    value: buildSqlExpression(one(assignment, "SqlExpr")),
    span: spanOf(assignment),
  }));
}

function assignedColumns(view: View): readonly Name[] {
  if (rule(view) === "ColumnNames") return buildColumnNames(view);
  // `t.column = …` is accepted by other engines; the last part is the column.
  const part = maybe(view, "AssignedPart");
  return [nameOf(part === undefined ? one(view, "sqlName") : one(part, "DotName"))];
}

function limitsOf(view: View): { limit: Expression | undefined; offset: Expression | undefined } {
  const limit = maybe(view, "Limit");
  if (limit === undefined) return { limit: undefined, offset: undefined };
  const first = buildSqlExpression(one(limit, "SqlExpr"));
  const tail = maybe(limit, "LimitTail");
  if (tail === undefined) return { limit: first, offset: undefined };
  const second = buildSqlExpression(one(only(tail), "SqlExpr"));
  return rule(only(tail)) === "LimitComma" ? { limit: second, offset: first } : { limit: first, offset: second };
}

/** UPDATE. */
export function buildUpdate(view: View): Update {
  const from = maybe(view, "FromClause");
  return {
    kind: "update",
    with: withOf(view),
    or: orOf(view),
    target: buildTarget(only(one(view, "UpdateTarget"))),
    assignments: buildAssignments(one(view, "Assignments")),
    from: from === undefined ? undefined : buildTable(one(from, "TableExpression")),
    where: conditionOf(view),
    returning: returningOf(view),
    orderBy: buildOrderBy(maybe(view, "OrderBy")),
    ...limitsOf(view),
    span: spanOf(view),
  };
}

/** DELETE. */
export function buildDelete(view: View): Delete {
  return {
    kind: "delete",
    with: withOf(view),
    target: buildTarget(only(one(view, "UpdateTarget"))),
    where: conditionOf(view),
    returning: returningOf(view),
    orderBy: buildOrderBy(maybe(view, "OrderBy")),
    ...limitsOf(view),
    span: spanOf(view),
  };
}

/** MERGE. */
export function buildMerge(view: View): Merge {
  return {
    kind: "merge",
    with: withOf(view),
    target: buildTarget(only(one(view, "UpdateTarget"))),
    source: buildTableOperand(only(one(view, "TableOperand"))),
    on: buildSqlExpression(one(view, "SqlExpr")),
    branches: all(view, "MergeBranch").map(buildMergeBranch),
    span: spanOf(view),
  };
}

function buildMergeBranch(view: View): MergeBranch {
  const condition = maybe(view, "MergeCondition");
  const base = {
    matched: !has(view, "kNOT"),
    condition: condition === undefined ? undefined : buildSqlExpression(one(condition, "SqlExpr")),
    columns: [],
    values: [],
    assignments: [],
    span: spanOf(view),
  };
  const action = only(one(view, "MergeAction"));
  switch (rule(action)) {
    case "MergeInsert": {
      const values = buildSqlExpressions(maybe(one(action, "ValuesRow"), "SqlExprs"));
      return { ...base, action: "insert", columns: buildColumnNames(maybe(action, "ColumnNames")), values };
    }
    case "MergeUpdate":
      return { ...base, action: "update", assignments: buildAssignments(one(action, "Assignments")) };
    case "kDELETE":
      return { ...base, action: "delete" };
    case "MergeNothing":
      return { ...base, action: "nothing" };
    default:
      throw new InternalError(`build: merge action ${rule(action)} of ${kids(view).length}`);
  }
}
