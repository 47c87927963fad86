// Calls in SQL clauses: the engine's functions by the table in functions.ts, then routines of the language that are sync and free of writes.
// Aggregates are checked for their place; windows for names and frames.
import type { Span } from "../../../base/source.ts";
import type { CallExpression, Expression, WindowSpec } from "../../syntax/tree.ts";
import { ANY, BYTES, FLOAT, INT, STRING, foldName, isNumeric, isScalar, prune, scalar } from "../../types/make.ts";
import type { Type } from "../../types/type.ts";
import { unboundVariable, unifyTypes } from "../expect.ts";
import { nearest, replaceFix } from "../findings.ts";
import { branches, resultNull } from "./call-nulls.ts";
import { isAggregateCall, SQL_FUNCTIONS, sqlFunction, type ParameterRule, type SqlFunctionRow } from "./functions.ts";
import { computedAverage, computedDecimal, isOpenScale, scaleOfNumber } from "../../types/numbers.ts";
import { noteEngineFunction } from "./needs.ts";
import { commonType } from "./operators.ts";
import { maybeNull, typeOfValue, valueOf, type SqlScope, type SqlValue } from "./scope.ts";
import { freshType, reasonAt, recordCall, recordValue, reportSql, type SqlCheck } from "./state.ts";
import { calledName, childrenOf, unparenthesized } from "./walk.ts";

/** Clauses in which no aggregate may stand, with their names for the message. */
const NO_AGGREGATE: Readonly<Partial<Record<SqlScope["clause"], string>>> = {
  where: "WHERE",
  group: "GROUP BY",
  on: "ON",
  values: "VALUES",
  set: "SET",
  limit: "LIMIT",
  check: "CHECK",
  returning: "RETURNING",
};

/** A call in a SQL clause. */
export function inferCall(sq: SqlCheck, scope: SqlScope, node: CallExpression): SqlValue {
  const name = calledName(node);
  const row = name === undefined ? undefined : sqlFunction(name);
  if (name === undefined || row === undefined) return languageCall(sq, scope, node, name);
  const aggregate = isAggregateCall(name, node.arguments.length, node.star);
  checkArity(sq, node, name, row);
  const args = inferArguments(sq, scope, node, row, aggregate && node.over === undefined);
  const owner = aggregate && node.over === undefined ? aggregateOwner(sq, scope, node) : scope;
  if (owner === scope) checkPlace(sq, scope, node, name, row, aggregate);
  else owner.correlatedAggregate = true;
  const effective: SqlFunctionRow =
    aggregate && row.kind === "scalar" ? { ...row, kind: "aggregate", result: "first", nulls: "aggregate" } : row;
  noteStability(sq, row, node);
  checkWindow(sq, scope, node);
  recordCall(sq, node, {
    kind: "sqlFunction",
    canonical: row.canonical ?? name.toLowerCase(),
    aggregate: effective.kind === "aggregate",
    window: node.over !== undefined,
  });
  const type = resultType(effective, args, writtenDigits(node));
  const [nullable, reason] = resultNull(scope, node, name, effective, args);
  return recordValue(sq, node, { type, nullable, reason: nullable ? reason : undefined });
}

function checkArity(sq: SqlCheck, node: CallExpression, name: string, row: SqlFunctionRow): void {
  const [least, most] = row.arity;
  const found = node.arguments.length;
  if (node.star) {
    if (foldName(name) !== "count")
      reportSql(sq, "SqlArgumentCount", node.span, { name, expected: arityText(row), found: "*" });
    return;
  }
  if (found >= least && (most === undefined || found <= most)) return;
  reportSql(sq, "SqlArgumentCount", node.span, { name, expected: arityText(row), found: String(found) });
}

function arityText(row: SqlFunctionRow): string {
  const [least, most] = row.arity;
  const text = most === undefined ? `at least ${least}` : least === most ? String(least) : `${least} to ${most}`;
  return `${text} argument${most === 1 || (most === undefined && least === 1) ? "" : "s"}`;
}

/** Aggregates stand where rows are grouped; window functions need OVER; OVER needs an aggregate or window function. */
function checkPlace(
  sq: SqlCheck,
  scope: SqlScope,
  node: CallExpression,
  name: string,
  row: SqlFunctionRow,
  aggregate: boolean,
): void {
  if (row.kind === "window" && node.over === undefined) {
    reportSql(sq, "WindowFunctionNeedsOver", node.span, { name });
    return;
  }
  if (node.over !== undefined) {
    if (!aggregate && row.kind !== "window") reportSql(sq, "OverNeedsWindowFunction", node.span, { name });
    else if (scope.clause !== "select" && scope.clause !== "order")
      reportSql(sq, "AggregateMisused", node.span, {
        name,
        clause: NO_AGGREGATE[scope.clause] ?? scope.clause.toUpperCase(),
      });
    return;
  }
  if (!aggregate) {
    if (node.filter !== undefined) reportSql(sq, "FilterNeedsAggregate", node.span, { name });
    return;
  }
  const clause = NO_AGGREGATE[scope.clause];
  if (clause !== undefined) reportSql(sq, "AggregateMisused", node.span, { name, clause });
  else if (scope.insideAggregate) reportSql(sq, "NestedAggregate", node.span, { name });
}

/** The query that an aggregate belongs to: the innermost one of which it uses a column, else its own. */
function aggregateOwner(sq: SqlCheck, scope: SqlScope, node: CallExpression): SqlScope {
  const sources = new Set<object>();
  const open: Expression[] = [...childrenOf(node)];
  for (let current = open.pop(); current !== undefined; current = open.pop()) {
    const column = sq.columns.get(current);
    if (column !== undefined) sources.add(column.source);
    open.push(...childrenOf(current));
  }
  if (sources.size === 0) return scope;
  for (let current: SqlScope | undefined = scope; current !== undefined; current = current.parent)
    if (current.sources.some((source) => sources.has(source))) return current;
  return scope;
}

function inferArguments(
  sq: SqlCheck,
  scope: SqlScope,
  node: CallExpression,
  row: SqlFunctionRow,
  aggregates: boolean,
): readonly SqlValue[] {
  const before = scope.insideAggregate;
  if (aggregates) scope.insideAggregate = true;
  const args = node.arguments.map((argument) => sq.rules.infer(sq, scope, argument.value));
  for (const term of node.orderBy) sq.rules.infer(sq, scope, term.value);
  if (node.filter !== undefined) sq.rules.infer(sq, scope, node.filter);
  scope.insideAggregate = before;
  const name = calledName(node) ?? "";
  args.forEach((value, index) => {
    if (unboundVariable(value.type) === undefined) return;
    const rule = row.parameters[Math.min(index, row.parameters.length - 1)];
    const type = rule === undefined ? undefined : demandedType(rule, args, index);
    if (type !== undefined) unifyTypes(value.type, type, reasonAt(sq, node.span, `it is an argument of ${name}`));
  });
  return args;
}

/** The type that a parameter asks an unknown to have. */
function demandedType(rule: ParameterRule, args: readonly SqlValue[], index: number): Type | undefined {
  if (rule === "any" || rule === "number") return undefined;
  if (rule === "same") {
    const other = args.find(
      (value, position) =>
        position !== index && unboundVariable(value.type) === undefined && prune(value.type).kind === "scalar",
    );
    return other?.type;
  }
  return scalar(rule);
}

function noteStability(sq: SqlCheck, row: SqlFunctionRow, node: CallExpression): void {
  if (row.unstable === "random") sq.facts.random = true;
  if (row.unstable === "clock") sq.facts.clock = true;
  if (row.nulls !== "now") return;
  const times = calledName(node)?.toLowerCase() === "strftime" ? node.arguments.slice(1) : node.arguments;
  const first = times[0] === undefined ? undefined : unparenthesized(times[0].value);
  if (first === undefined || (first.kind === "string" && first.value.toLowerCase() === "now")) sq.facts.clock = true;
}

/** Digits that `round(x, n)` keeps, when n is written as a number. */
function writtenDigits(node: CallExpression): number | undefined {
  if (node.arguments.length < 2) return 0;
  const second = node.arguments[1] === undefined ? undefined : unparenthesized(node.arguments[1].value);
  const digits = second?.kind === "number" ? Number(second.text) : Number.NaN;
  return Number.isInteger(digits) ? digits : undefined;
}

/** The result type by the row's rule. `digits`: of round. */
function resultType(row: SqlFunctionRow, args: readonly SqlValue[], digits: number | undefined): Type {
  const first = args[0]?.type ?? ANY;
  switch (row.result) {
    case "any":
      return ANY;
    case "first":
      return row.parameters[0] === "string" && !isScalar(first, "bytes")
        ? STRING
        : isScalar(first, "bytes")
          ? BYTES
          : first;
    case "common":
      return args.map((value) => value.type).reduce<Type>((all, type) => commonType(all, type), { kind: "never" });
    case "iif":
      return branches(args)
        .map((value) => value.type)
        .reduce<Type>((all, type) => commonType(all, type), { kind: "never" });
    case "lag":
      return args[2] === undefined ? first : commonType(first, args[2].type);
    case "number":
      return isScalar(first, "bool") ? INT : isNumeric(first) ? withoutRange(first) : ANY;
    case "average": {
      const of = prune(first);
      return of.kind === "scalar" && of.name === "decimal" ? computedAverage(of) : FLOAT;
    }
    case "rounded":
      return isScalar(first, "decimal") ? computedDecimal(digits ?? 0, [prune(first)], digits === undefined) : FLOAT;
    case "whole":
      return isScalar(first, "decimal")
        ? computedDecimal(0, [prune(first)], false)
        : isNumeric(first)
          ? withoutRange(first)
          : ANY;
    default:
      return scalar(row.result);
  }
}

function withoutRange(type: Type): Type {
  const pruned = prune(type);
  if (pruned.kind === "scalar" && pruned.name === "decimal")
    return computedDecimal(scaleOfNumber(pruned), [pruned], isOpenScale(pruned));
  return pruned.kind === "scalar" ? scalar(pruned.name) : pruned;
}

function checkWindow(sq: SqlCheck, scope: SqlScope, node: CallExpression): void {
  if (node.over === undefined) return;
  if (!("partitionBy" in node.over)) {
    if (!scope.windows.has(foldName(node.over.text)))
      reportSql(sq, "UnknownWindow", node.over.span, { name: node.over.text });
    return;
  }
  inferWindow(sq, scope, node.over);
}

/** Infers the expressions of a window specification. */
export function inferWindow(sq: SqlCheck, scope: SqlScope, spec: WindowSpec): void {
  if (spec.base !== undefined && !scope.windows.has(foldName(spec.base.text)))
    reportSql(sq, "UnknownWindow", spec.base.span, { name: spec.base.text });
  for (const expression of spec.partitionBy) sq.rules.infer(sq, scope, expression);
  for (const term of spec.orderBy) sq.rules.infer(sq, scope, term.value);
  for (const bound of [spec.frame?.start, spec.frame?.end])
    if (bound?.value !== undefined) sq.rules.infer(sq, scope, bound.value);
}

/** A routine of the language, or nothing that we know. */
function languageCall(sq: SqlCheck, scope: SqlScope, node: CallExpression, name: string | undefined): SqlValue {
  if (sq.ours) {
    const type = sq.ctx.rules.checkCall(sq.ctx, node, {
      place: "sql",
      inferArgument: (argument: Expression) => typeOfValue(sq.rules.infer(sq, scope, argument)),
    });
    if (type !== undefined) {
      noteRoutine(sq, node);
      return recordValue(sq, node, valueOf(type, name === undefined ? undefined : `${name} may give null`));
    }
  }
  for (const argument of node.arguments) sq.rules.infer(sq, scope, argument.value);
  checkWindow(sq, scope, node);
  if (name !== undefined) {
    reportUnknownFunction(sq, node.callee.span, name);
    noteEngineFunction(sq, name);
  }
  return recordValue(sq, node, maybeNull(freshType(sq), undefined));
}

function noteRoutine(sq: SqlCheck, node: CallExpression): void {
  const call = sq.ctx.state.calls.get(node);
  if (call?.kind === "routine") sq.facts.routines.push({ routine: call.routine, span: node.span });
}

function reportUnknownFunction(sq: SqlCheck, span: Span, name: string): void {
  const near = nearest(name, [...Object.keys(SQL_FUNCTIONS), ...sq.catalog.routineNames()]);
  reportSql(
    sq,
    "UnknownSqlFunction",
    span,
    { name },
    {
      ...(sq.ctx.state.environment.strict ? { severity: "error" as const } : {}),
      ...(near === undefined
        ? {}
        : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Change to ${near}`, span, near)] }),
    },
  );
}
