// SET of UPDATE, ON CONFLICT and MERGE: columns, values, rows of values.
import type { Assignment, Expression } from "../../syntax/tree.ts";
import { noteTargetNeed } from "./needs.ts";
import type { SqlScope } from "./scope.ts";
import { noteAccess, reportSql, type SqlCheck } from "./state.ts";
import { checkStored, targetColumn, type WriteTarget } from "./targets.ts";
import { unparenthesized } from "./walk.ts";

/** What assignments write. */
export interface Assigned {
  readonly columns: readonly string[];
  readonly nullableColumns: readonly string[];
}

/** Checks assignments in a scope that holds the target. */
export function checkAssignments(
  sq: SqlCheck,
  scope: SqlScope,
  target: WriteTarget,
  assignments: readonly Assignment[],
): Assigned {
  const columns: string[] = [];
  const nullableColumns: string[] = [];
  const { clause } = scope;
  scope.clause = "set";
  for (const assignment of assignments) {
    const values = assignedValues(sq, scope, assignment);
    assignment.columns.forEach((name, index) => {
      const column = targetColumn(sq, target, name);
      noteAccess(sq.facts.writes, target.meaning.effectName, [column?.name ?? name.text]);
      columns.push(column?.name ?? name.text);
      const given = values[index];
      if (column === undefined || given === undefined) return;
      checkStored(
        sq,
        target,
        column,
        given.node,
        given.node?.span ?? assignment.value.span,
        given.value,
        "assigned to",
      );
      if (given.value.nullable) nullableColumns.push(column.name);
    });
  }
  scope.clause = clause;
  noteTargetNeed(sq, target, "UPDATE", columns);
  return { columns, nullableColumns };
}

interface Given {
  readonly node: Expression | undefined;
  readonly value: ReturnType<SqlCheck["rules"]["infer"]>;
}

/** The values of `a = e` or `(a, b) = (e, f)` or `(a, b) = (SELECT …)`. */
function assignedValues(sq: SqlCheck, scope: SqlScope, assignment: Assignment): readonly Given[] {
  const { value } = assignment;
  if (assignment.columns.length === 1) return [{ node: value, value: sq.rules.infer(sq, scope, value) }];
  const inner = unparenthesized(value);
  if (inner.kind === "row") {
    if (inner.items.length !== assignment.columns.length)
      reportSql(sq, "TupleSize", assignment.span, { left: assignment.columns.length, right: inner.items.length });
    return inner.items.map((item) => ({ node: item, value: sq.rules.infer(sq, scope, item) }));
  }
  if (inner.kind === "query" && inner.query.kind === "select") {
    const { shape, cardinality } = sq.rules.query(sq, inner.query, scope);
    if (!shape.open && shape.columns.length !== assignment.columns.length)
      reportSql(sq, "SubqueryColumnCount", inner.span, {
        expected: assignment.columns.length,
        found: shape.columns.length,
      });
    return shape.columns.map((column) => ({
      node: undefined,
      value:
        cardinality === "one"
          ? column.value
          : { ...column.value, nullable: true, reason: column.value.reason ?? "the subquery may have no row" },
    }));
  }
  sq.rules.infer(sq, scope, value);
  reportSql(sq, "TupleSize", assignment.span, { left: assignment.columns.length, right: 1 });
  return [];
}
