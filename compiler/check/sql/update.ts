// UPDATE, DELETE and MERGE.
import type { Delete, Merge, MergeBranch, OrderTerm, Update, Expression } from "../../syntax/tree.ts";
import { checkAssignments } from "./assignments.ts";
import { allPinned } from "./cardinality.ts";
import { checkWhere } from "./core.ts";
import { noteNativeTriggers } from "./native-triggers.ts";
import { namedColumns, noteTargetNeed } from "./needs.ts";
import { checkReturning } from "./returning.ts";
import { extendWithNull, newSqlScope, type SqlScope } from "./scope.ts";
import { checkLimit, checkWith } from "./select.ts";
import { noteAccess, reportSql, type QueryResult, type SqlCheck } from "./state.ts";
import {
  checkStored,
  noteConstraintRaises,
  refuseRollback,
  resolveTarget,
  targetColumn,
  targetSource,
  warnOfView,
  type WriteTarget,
} from "./targets.ts";

/** Checks an UPDATE; the result is there when it has RETURNING. */
export function checkUpdate(sq: SqlCheck, node: Update, outer: SqlScope | undefined): QueryResult | undefined {
  const scope = newSqlScope(outer);
  checkWith(sq, scope, node.with);
  const target = resolveTarget(sq, node.target, node.or);
  warnOfView(sq, target);
  refuseRollback(sq, node.or, node.target.span, "UPDATE OR ROLLBACK");
  // It deletes rows that stand in the way.
  if (node.or === "replace") noteTargetNeed(sq, target, "DELETE", undefined);
  const own = newSqlScope(scope);
  own.clause = "on";
  own.sources.push(targetSource(target));
  if (node.from !== undefined) sq.rules.from(sq, own, node.from);
  if (node.from === undefined) adviseEveryRow(sq, target, node, "updates");
  const undo = node.where === undefined ? undefined : checkWhere(sq, own, node.where);
  const assigned = checkAssignments(sq, own, target, node.assignments);
  checkOrderAndLimit(sq, own, node);
  undo?.();
  noteConstraintRaises(sq, target, node.target.span, { verb: "update", ...assigned, or: node.or, handledKeys: [] });
  noteNativeTriggers(sq, target.table, ["update"], assigned.columns, node.target.span);
  return checkReturning(
    sq,
    target,
    node.returning,
    node.from === undefined && allPinned(sq, own) ? "atMostOne" : "many",
  );
}

/** Checks a DELETE; the result is there when it has RETURNING. */
export function checkDelete(sq: SqlCheck, node: Delete, outer: SqlScope | undefined): QueryResult | undefined {
  const scope = newSqlScope(outer);
  checkWith(sq, scope, node.with);
  const target = resolveTarget(sq, node.target);
  warnOfView(sq, target);
  noteAccess(sq.facts.writes, target.meaning.effectName, "*");
  noteTargetNeed(sq, target, "DELETE", undefined);
  const own = newSqlScope(scope);
  own.sources.push(targetSource(target));
  adviseEveryRow(sq, target, node, "deletes");
  const undo = node.where === undefined ? undefined : checkWhere(sq, own, node.where);
  checkOrderAndLimit(sq, own, node);
  undo?.();
  noteConstraintRaises(sq, target, node.target.span, {
    verb: "delete",
    columns: [],
    nullableColumns: [],
    or: undefined,
    handledKeys: [],
  });
  noteNativeTriggers(sq, target.table, ["delete"], [], node.target.span);
  return checkReturning(sq, target, node.returning, allPinned(sq, own) ? "atMostOne" : "many");
}

/** An UPDATE or DELETE without WHERE in a stored body. */
function adviseEveryRow(
  sq: SqlCheck,
  target: WriteTarget,
  node: Pick<Update | Delete, "where" | "limit" | "span">,
  verb: string,
): void {
  const { table } = target;
  if (node.where !== undefined || node.limit !== undefined || !sq.ctx.owner.stored) return;
  if (table === undefined || table.kind !== "table" || table.schema === "temp") return;
  const help = "Add WHERE; WHERE true says that all rows are meant.";
  reportSql(sq, "EveryRowChanged", node.span, { verb, table: table.name }, { help });
}

function checkOrderAndLimit(
  sq: SqlCheck,
  scope: SqlScope,
  node: {
    readonly orderBy: readonly OrderTerm[];
    readonly limit: Expression | undefined;
    readonly offset: Expression | undefined;
  },
): void {
  const { clause } = scope;
  scope.clause = "order";
  for (const term of node.orderBy) sq.rules.infer(sq, scope, term.value);
  scope.clause = clause;
  checkLimit(sq, scope, node.limit, "LIMIT");
  checkLimit(sq, scope, node.offset, "OFFSET");
}

/** Checks a MERGE. */
export function checkMerge(sq: SqlCheck, node: Merge, outer: SqlScope | undefined): undefined {
  const scope = newSqlScope(outer);
  checkWith(sq, scope, node.with);
  const target = resolveTarget(sq, node.target);
  noteAccess(sq.facts.writes, target.meaning.effectName, "*");
  const own = newSqlScope(scope);
  own.clause = "on";
  own.sources.push(targetSource(target));
  sq.rules.from(sq, own, node.source);
  sq.rules.infer(sq, own, node.on);
  for (const branch of node.branches) checkBranch(sq, scope, own, target, node, branch);
  warnOfUnreached(sq, node.branches);
  return undefined;
}

/** The first branch of its kind whose condition holds takes the row; behind one without a condition none comes to its turn. */
function warnOfUnreached(sq: SqlCheck, branches: readonly MergeBranch[]): void {
  const taken = new Set<boolean>();
  for (const branch of branches) {
    if (taken.has(branch.matched)) reportSql(sq, "UnreachableCase", branch.span, {});
    if (branch.condition === undefined) taken.add(branch.matched);
  }
}

function checkBranch(
  sq: SqlCheck,
  outer: SqlScope,
  matched: SqlScope,
  target: WriteTarget,
  node: Merge,
  branch: MergeBranch,
): void {
  const scope = branch.matched ? matched : unmatchedScope(sq, outer, target, node);
  scope.clause = "where";
  if (branch.condition !== undefined) sq.rules.infer(sq, scope, branch.condition);
  if (branch.action === "update") {
    const assigned = checkAssignments(sq, scope, target, branch.assignments);
    noteConstraintRaises(sq, target, branch.span, { verb: "update", ...assigned, or: undefined, handledKeys: [] });
  }
  if (branch.action === "delete") {
    noteTargetNeed(sq, target, "DELETE", undefined);
    noteConstraintRaises(sq, target, branch.span, {
      verb: "delete",
      columns: [],
      nullableColumns: [],
      or: undefined,
      handledKeys: [],
    });
  }
  if (branch.action === "insert") checkMergeInsert(sq, scope, target, branch);
}

/** WHEN NOT MATCHED: there is no row of the target. */
function unmatchedScope(sq: SqlCheck, outer: SqlScope, target: WriteTarget, node: Merge): SqlScope {
  const scope = newSqlScope(outer);
  scope.clause = "on";
  const source = targetSource(target);
  extendWithNull(source.columns, "no row of the target matched");
  scope.sources.push(source);
  sq.rules.from(sq, scope, node.source);
  return scope;
}

function checkMergeInsert(sq: SqlCheck, scope: SqlScope, target: WriteTarget, branch: MergeBranch): void {
  noteTargetNeed(sq, target, "INSERT", namedColumns(branch.columns));
  const columns =
    branch.columns.length > 0
      ? branch.columns.map((name) => targetColumn(sq, target, name))
      : (target.table?.columns.filter((column) => !column.generated) ?? []);
  scope.clause = "values";
  const nullableColumns: string[] = [];
  branch.values.forEach((item, index) => {
    const value = sq.rules.infer(sq, scope, item);
    const column = columns[index];
    if (column === undefined) return;
    checkStored(sq, target, column, item, item.span, value, "inserted into");
    if (value.nullable) nullableColumns.push(column.name);
  });
  if (target.table !== undefined && branch.values.length !== columns.length)
    reportSql(sq, "ValueCount", branch.span, {
      columns: columns.length,
      values: branch.values.length,
      table: target.name,
    });
  noteConstraintRaises(sq, target, branch.span, {
    verb: "insert",
    columns: columns.flatMap((column) => (column === undefined ? [] : [column.name])),
    nullableColumns,
    or: undefined,
    handledKeys: [],
  });
}
