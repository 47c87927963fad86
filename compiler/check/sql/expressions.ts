// Expressions of SQL clauses: their types and nullability by SQLite's rules. What only code has is computed before the statement and bound,
// as long as no column stands in it.
import type { CaseExpression, Expression, InExpression, IsExpression, ParameterExpression } from "../../syntax/tree.ts";
import { ANY, BOOL, STRING, listOf, prune, tableOf, withoutNull } from "../../types/make.ts";
import { unboundVariable, unifyTypes } from "../expect.ts";
import { replaceFix } from "../findings.ts";
import { findVariable, readVariable } from "../scope.ts";
import { inferCall } from "./calls.ts";
import { mentionsColumn } from "./column-lookup.ts";
import { literalValue } from "./literal-values.ts";
import { boundValue, inferDoubleQuoted, inferMember, inferName } from "./names.ts";
import { notNullWhen } from "./narrow.ts";
import { binaryValue, compareValues, describe, joinValues, unaryValue } from "./operators.ts";
import { rowStruct } from "./result.ts";
import { maybeNull, narrowColumns, neverNull, valueOf, type SqlScope, type SqlValue } from "./scope.ts";
import { freshType, reasonAt, recordValue, reportSql, textOf, type SqlCheck } from "./state.ts";
import { refuseRollback } from "./targets.ts";
import { tableSetValue } from "./table-set.ts";
import { childrenOf, unparenthesized } from "./walk.ts";

/** Infers an expression of a SQL clause and records its type. */
export function inferSql(sq: SqlCheck, scope: SqlScope, node: Expression): SqlValue {
  const record = (value: SqlValue): SqlValue => recordValue(sq, node, value);
  switch (node.kind) {
    case "number":
    case "bytes":
    case "boolean":
    case "null":
    case "temporal":
      return record(literalValue(sq, node));
    case "string":
      return node.quote === "double" ? inferDoubleQuoted(sq, scope, node) : record(neverNull(STRING));
    case "name":
      return inferName(sq, scope, node);
    case "member":
      return inferMember(sq, scope, node) ?? hostValue(sq, scope, node);
    case "parameter":
      return inferParameter(sq, scope, node);
    case "parenthesized":
      return record(sq.rules.infer(sq, scope, node.inner));
    case "unary":
      return record(unaryValue(node.operator, sq.rules.infer(sq, scope, node.operand)));
    case "binary":
      return inferBinary(sq, scope, node);
    case "between": {
      const value = sq.rules.infer(sq, scope, node.value);
      const low = sq.rules.infer(sq, scope, node.low);
      const high = sq.rules.infer(sq, scope, node.high);
      compareValues(sq, node.value, value, node.low, low);
      compareValues(sq, node.value, value, node.high, high);
      return record(strictOf(BOOL, [value, low, high]));
    }
    case "in":
      return inferIn(sq, scope, node);
    case "like":
      return inferLike(sq, scope, node);
    case "is":
      return inferIs(sq, scope, node);
    case "collate":
      return record({ ...sq.rules.infer(sq, scope, node.value), column: undefined });
    case "cast":
      return inferCast(sq, scope, node);
    case "case":
      return inferCase(sq, scope, node);
    case "if":
      return inferIf(sq, scope, node);
    case "call":
      return inferCall(sq, scope, node);
    case "query":
      return inferSubquery(sq, scope, node);
    case "exists":
      sq.rules.query(sq, node.query, scope);
      return record(neverNull(BOOL));
    case "row":
      for (const item of node.items) sq.rules.infer(sq, scope, item);
      return record(
        strictOf(
          ANY,
          node.items.map((item) => sq.values.get(item) ?? neverNull(ANY)),
        ),
      );
    case "raiseFunction":
      refuseRollback(sq, node.action, node.span, "RAISE(ROLLBACK)");
      if (node.action !== "ignore")
        sq.facts.raises.push({ error: "ConstraintViolation", span: node.span, cause: "it calls RAISE" });
      if (node.message !== undefined) sq.rules.infer(sq, scope, node.message);
      return record(maybeNull(ANY, undefined));
    case "hole":
    case "skipped":
      return record(valueOf(freshType(sq)));
    default:
      return hostValue(sq, scope, node);
  }
}

function strictOf(type: SqlValue["type"], parts: readonly SqlValue[]): SqlValue {
  const missing = parts.find((part) => part.nullable);
  return { type, nullable: missing !== undefined, reason: missing?.reason };
}

/** Long chains of AND, OR and operators lean left: they are walked without recursion on that side. */
function inferBinary(sq: SqlCheck, scope: SqlScope, node: Extract<Expression, { kind: "binary" }>): SqlValue {
  const chain: Extract<Expression, { kind: "binary" }>[] = [];
  let leftmost: Expression = node;
  while (leftmost.kind === "binary") {
    chain.push(leftmost);
    leftmost = leftmost.left;
  }
  let left = sq.rules.infer(sq, scope, leftmost);
  for (let index = chain.length - 1; index >= 0; index -= 1) {
    const current = chain[index];
    if (current === undefined) break;
    const right = sq.rules.infer(sq, scope, current.right);
    left = recordValue(sq, current, binaryValue(sq, current, left, right));
  }
  return left;
}

function inferParameter(sq: SqlCheck, scope: SqlScope, node: ParameterExpression): SqlValue {
  if (!sq.ours) return recordValue(sq, node, valueOf(freshType(sq)));
  if (node.form === "colon" || node.form === "braces") {
    const variable = findVariable(sq.ctx, node.name);
    if (variable !== undefined) {
      const type = readVariable(sq.ctx, node, variable);
      return recordValue(sq, node, boundValue(sq, node, valueOf(type, `the variable ${variable.name} may be null`)));
    }
    reportSql(sq, "UnknownName", node.span, { name: node.name });
    return recordValue(sq, node, valueOf(freshType(sq)));
  }
  return hostValue(sq, scope, node);
}

function inferIn(sq: SqlCheck, scope: SqlScope, node: InExpression): SqlValue {
  const value = sq.rules.infer(sq, scope, node.value);
  const set = unparenthesized(node.set);
  if (node.set.kind === "row") {
    if (node.set.items.length === 1 && node.set.items[0] !== undefined) sq.rowsAllowed.add(node.set.items[0]);
    const items = node.set.items.map((item) => ({ item, value: sq.rules.infer(sq, scope, item) }));
    const [only] = items;
    const onlyType = only === undefined ? undefined : withoutNull(only.value.type);
    if (only !== undefined && items.length === 1 && (onlyType?.kind === "list" || onlyType?.kind === "table")) {
      const text = textOf(sq, only.item.span);
      reportSql(
        sq,
        "ListInParentheses",
        node.set.span,
        { text },
        { fixes: [replaceFix("Leave the parentheses out", node.set.span, text)] },
      );
      return recordValue(sq, node, strictOf(BOOL, [value]));
    }
    for (const { item, value: itemValue } of items) compareValues(sq, node.value, value, item, itemValue);
    if (sq.ours) sq.ctx.state.types.set(node.set, listOf(items[0]?.value.type ?? ANY));
    if (items.length === 0) return recordValue(sq, node, neverNull(BOOL));
    return recordValue(sq, node, strictOf(BOOL, [value, ...items.map((item) => item.value)]));
  }
  if (set.kind === "query" && set.query.kind === "select") {
    const { shape } = sq.rules.query(sq, set.query, scope);
    const tuple = unparenthesized(node.value);
    const width = tuple.kind === "row" ? tuple.items.length : 1;
    if (!shape.open && shape.columns.length !== width)
      reportSql(sq, "SubqueryColumnCount", set.span, { expected: width, found: shape.columns.length });
    if (sq.ours) sq.ctx.state.types.set(set, tableOf(rowStruct(shape)));
    const [column] = shape.columns;
    if (column !== undefined && width === 1) compareValues(sq, node.value, value, set, column.value);
    return recordValue(
      sq,
      node,
      strictOf(BOOL, [
        value,
        ...shape.columns.map((each) => each.value),
        ...(shape.open ? [maybeNull(ANY, undefined)] : []),
      ]),
    );
  }
  const element = tableSetValue(sq, scope, node.set);
  if (element !== undefined) compareValues(sq, node.value, value, node.set, element);
  return recordValue(sq, node, strictOf(BOOL, [value, element ?? maybeNull(ANY, undefined)]));
}

function inferLike(sq: SqlCheck, scope: SqlScope, node: Extract<Expression, { kind: "like" }>): SqlValue {
  const value = sq.rules.infer(sq, scope, node.value);
  const pattern = sq.rules.infer(sq, scope, node.pattern);
  if (node.escape !== undefined) sq.rules.infer(sq, scope, node.escape);
  if (unboundVariable(pattern.type) !== undefined)
    unifyTypes(
      pattern.type,
      STRING,
      reasonAt(sq, node.pattern.span, `it is a pattern of ${node.operator.toUpperCase()}`),
    );
  if (unboundVariable(value.type) !== undefined)
    unifyTypes(value.type, STRING, reasonAt(sq, node.value.span, `it is matched by ${node.operator.toUpperCase()}`));
  if (node.operator === "match") return recordValue(sq, node, maybeNull(BOOL, undefined));
  return recordValue(sq, node, strictOf(BOOL, [value, pattern]));
}

function inferIs(sq: SqlCheck, scope: SqlScope, node: IsExpression): SqlValue {
  const value = sq.rules.infer(sq, scope, node.value);
  const right = sq.rules.infer(sq, scope, node.right);
  const isNull = unparenthesized(node.right).kind === "null";
  if (!isNull) compareValues(sq, node.value, { ...value, nullable: false }, node.right, { ...right, nullable: false });
  else if (
    !value.nullable &&
    value.column !== undefined &&
    !isUnknown(value) &&
    !scope.bareNullable &&
    scope.clause !== "check"
  ) {
    reportSql(sq, "NeverNullInSql", node.span, {
      name: describe(sq, node.value, value),
      reason: value.column.reason ?? "its type says so",
    });
  }
  return recordValue(sq, node, neverNull(BOOL));
}

function isUnknown(value: SqlValue): boolean {
  const { kind } = prune(value.type);
  return kind === "variable" || kind === "any";
}

function inferCast(sq: SqlCheck, scope: SqlScope, node: Extract<Expression, { kind: "cast" }>): SqlValue {
  const value = sq.rules.infer(sq, scope, node.value);
  const type = valueOf(sq.ctx.rules.typeFromNode(sq.ctx, node.type));
  return recordValue(sq, node, { type: type.type, nullable: value.nullable, reason: value.reason });
}

/** CASE: each THEN sees what its WHEN says about null; without ELSE the result may be null. */
function inferCase(sq: SqlCheck, scope: SqlScope, node: CaseExpression): SqlValue {
  const subject = node.subject === undefined ? undefined : sq.rules.infer(sq, scope, node.subject);
  let result: SqlValue | undefined;
  const undoAll: (() => void)[] = [];
  for (const branch of node.branches) {
    const when = sq.rules.infer(sq, scope, branch.when);
    if (subject !== undefined && node.subject !== undefined)
      compareValues(sq, node.subject, subject, branch.when, when);
    const undo = subject === undefined ? narrowColumns(notNullWhen(sq, branch.when, true)) : undefined;
    const then = sq.rules.infer(sq, scope, branch.then);
    undo?.();
    result = result === undefined ? then : joinValues(result, then);
    // Later branches are reached only when this WHEN was false or null: only IS NULL tests tell something then.
    if (subject === undefined) undoAll.push(narrowColumns(notNullUnlessTrue(sq, branch.when)));
  }
  const otherwise =
    node.otherwise === undefined
      ? maybeNull({ kind: "never" }, "CASE has no ELSE")
      : sq.rules.infer(sq, scope, node.otherwise);
  for (const undo of undoAll.reverse()) undo();
  const joined = result === undefined ? otherwise : joinValues(result, otherwise);
  return recordValue(sq, node, { ...joined, column: undefined });
}

/** `if c then a else b` is CASE inside SQL. */
function inferIf(sq: SqlCheck, scope: SqlScope, node: Extract<Expression, { kind: "if" }>): SqlValue {
  sq.rules.infer(sq, scope, node.condition);
  const undo = narrowColumns(notNullWhen(sq, node.condition, true));
  const then = sq.rules.infer(sq, scope, node.then);
  undo();
  const otherwise = sq.rules.infer(sq, scope, node.otherwise);
  return recordValue(sq, node, { ...joinValues(then, otherwise), column: undefined });
}

/** Columns not null when a condition that is never null itself was not true. */
function notNullUnlessTrue(sq: SqlCheck, when: Expression): ReturnType<typeof notNullWhen> {
  return sq.values.get(when)?.nullable === false ? notNullWhen(sq, when, false) : new Set();
}

/** A query as one value: its column, null when it has no row. */
function inferSubquery(sq: SqlCheck, scope: SqlScope, node: Extract<Expression, { kind: "query" }>): SqlValue {
  const result = sq.rules.statement(sq, node.query, scope);
  if (result === undefined) return recordValue(sq, node, valueOf(freshType(sq)));
  const { columns, open } = result.shape;
  if (!open && columns.length !== 1)
    reportSql(sq, "SubqueryColumnCount", node.span, { expected: 1, found: columns.length });
  const [column] = columns;
  if (open || column === undefined) return recordValue(sq, node, maybeNull(freshType(sq), undefined));
  const always = result.cardinality === "one";
  return recordValue(sq, node, {
    type: column.value.type,
    nullable: column.value.nullable || !always,
    reason: column.value.nullable ? column.value.reason : "the subquery may have no row",
  });
}

/** What the language computes before the statement runs: bound as a parameter. */
function hostValue(sq: SqlCheck, scope: SqlScope, node: Expression): SqlValue {
  const column = mentionsColumn(scope, node, childrenOf);
  if (column !== undefined || !sq.ours) {
    markRead(sq, node);
    reportSql(sq, "NotInSqlClause", node.span, { column: column === undefined ? "a column" : textOf(sq, column) });
    return recordValue(sq, node, valueOf(freshType(sq)));
  }
  return recordValue(sq, node, boundValue(sq, node, valueOf(sq.ctx.rules.infer(sq.ctx, node))));
}

/** Variables in an expression that was refused count as read: one problem is enough. */
function markRead(sq: SqlCheck, node: Expression): void {
  if (node.kind === "name" && sq.ours) {
    const variable = findVariable(sq.ctx, node.name);
    if (variable !== undefined) variable.used = true;
  }
  for (const child of childrenOf(node)) markRead(sq, child);
}
