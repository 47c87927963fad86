// Conditions: what is known when an expression holds and when it does not. Null counts as false (LANGUAGE.md 2).
// Narrowing: null tests, comparisons (which null never passes), and, or, not, boolean variables.
import type {
  BinaryExpression,
  Expression,
  IsExpression,
  InExpression,
  LikeExpression,
  BetweenExpression,
} from "../syntax/tree.ts";
import { ANY, BOOL, STRING, nullable, prune, withoutNull } from "../types/make.ts";
import { joinTypes } from "../types/join.ts";
import { showType } from "../types/show.ts";
import type { Type } from "../types/type.ts";
import { adaptText } from "./adapt-text.ts";
import type { CheckContext, Flow } from "./context.ts";
import { because, expectType, unboundVariable, unifyTypes } from "./expect.ts";
import { problem, replaceFix } from "./findings.ts";
import { joinFlows, narrow, unreachable, withItsRow } from "./flow.ts";
import { binaryType, describe, inferOperand } from "./infer-operators.ts";
import { innermost } from "./scalar-value.ts";
import { narrowKey } from "./scope.ts";

/** The type of a test and the flows on both of its ways out. */
export interface Truth {
  readonly type: Type;
  readonly whenTrue: Flow;
  readonly whenFalse: Flow;
}

/** Kinds of expressions that `inferTruth` types; for all others the type comes from the general rules. */
export function isTest(node: Expression): boolean {
  switch (node.kind) {
    case "unary":
      return node.operator === "not";
    case "binary":
      return TESTS.has(node.operator);
    case "is":
    case "in":
    case "like":
    case "between":
      return true;
    default:
      return false;
  }
}
const TESTS: ReadonlySet<string> = new Set(["and", "or", "=", "!=", "<", "<=", ">", ">=", "contains"]);

/** Infers an expression as a test. The flow of `ctx` is left as it was. */
export function inferTruth(ctx: CheckContext, node: Expression): Truth {
  const before = ctx.flow;
  const truth = truthOf(ctx, node);
  ctx.flow = before;
  ctx.state.types.set(node, truth.type);
  return truth;
}

function truthOf(ctx: CheckContext, node: Expression): Truth {
  switch (node.kind) {
    case "parenthesized":
      return inferTruth(ctx, node.inner);
    case "boolean":
      return {
        type: BOOL,
        whenTrue: node.value ? ctx.flow : unreachable(ctx.flow),
        whenFalse: node.value ? unreachable(ctx.flow) : ctx.flow,
      };
    case "unary":
      return node.operator === "not" ? negated(ctx, node.operand) : plain(ctx, node);
    case "binary":
      return node.operator === "and" || node.operator === "or" ? connective(ctx, node) : comparison(ctx, node);
    case "is":
      return nullTest(ctx, node);
    case "in":
      return membership(ctx, node);
    case "like":
      return likeTest(ctx, node);
    case "between":
      return betweenTest(ctx, node);
    default:
      return plain(ctx, node);
  }
}

function negated(ctx: CheckContext, operand: Expression): Truth {
  const inner = inferTruth(ctx, operand);
  requireBool(ctx, operand, inner.type);
  return { type: inner.type, whenTrue: inner.whenFalse, whenFalse: inner.whenTrue };
}

/** Anything else: a boolean variable that holds is not null. */
function plain(ctx: CheckContext, node: Expression): Truth {
  const type = ctx.rules.infer(ctx, node, BOOL);
  return { type, whenTrue: notNull(ctx, ctx.flow, node, type), whenFalse: ctx.flow };
}

function connective(ctx: CheckContext, node: BinaryExpression): Truth {
  const left = inferTruth(ctx, node.left);
  requireBool(ctx, node.left, left.type);
  const before = ctx.flow;
  ctx.flow = node.operator === "and" ? reach(left.whenTrue, before) : reach(left.whenFalse, before);
  const right = inferTruth(ctx, node.right);
  requireBool(ctx, node.right, right.type);
  ctx.flow = before;
  const optional = isOptional(left.type) || isOptional(right.type);
  const type = optional ? nullable(BOOL) : BOOL;
  if (node.operator === "and")
    return { type, whenTrue: right.whenTrue, whenFalse: joinFlows([left.whenFalse, right.whenFalse]) };
  return { type, whenTrue: joinFlows([left.whenTrue, right.whenTrue]), whenFalse: right.whenFalse };
}

/** A dead operand is still checked, as if it were reached. */
function reach(flow: Flow, before: Flow): Flow {
  return flow.reachable ? flow : { ...flow, reachable: before.reachable };
}

function isOptional(type: Type): boolean {
  const pruned = prune(type);
  return pruned.kind === "nullable" || pruned.kind === "null";
}

function comparison(ctx: CheckContext, node: BinaryExpression): Truth {
  if (!TESTS.has(node.operator)) return plain(ctx, node);
  const left = inferOperand(ctx, node.left);
  const right = inferOperand(ctx, node.right);
  reportNullComparison(ctx, node);
  const type = binaryType(ctx, node, left, right);
  const whenTrue = notNull(ctx, notNull(ctx, ctx.flow, node.left, left), node.right, right);
  return { type, whenTrue, whenFalse: ctx.flow };
}

function reportNullComparison(ctx: CheckContext, node: BinaryExpression): void {
  const nullOnRight = innermost(node.right).kind === "null";
  if (!nullOnRight && innermost(node.left).kind !== "null") return;
  const tested = ctx.item.text.slice(
    (nullOnRight ? node.left : node.right).span.start,
    (nullOnRight ? node.left : node.right).span.end,
  );
  const fix =
    node.operator === "=" ? `${tested} is null` : node.operator === "!=" ? `${tested} is not null` : undefined;
  problem(
    ctx,
    "CompareWithNull",
    node.span,
    { operator: node.operator },
    fix === undefined ? {} : { help: `Write ${fix}.`, fixes: [replaceFix(`Write ${fix}`, node.span, fix)] },
  );
}

/** The flow in which the place that `node` names is not null. */
function notNull(ctx: CheckContext, flow: Flow, node: Expression, type: Type): Flow {
  const pruned = prune(type);
  if (pruned.kind !== "nullable") return flow;
  const key = narrowKey(ctx, node);
  return key === undefined ? flow : withItsRow(narrow(flow, key, prune(pruned.inner)), key);
}

function nullTest(ctx: CheckContext, node: IsExpression): Truth {
  const value = inferOperand(ctx, node.value);
  if (innermost(node.right).kind !== "null") {
    const right = inferOperand(ctx, node.right);
    if (
      !adaptText(ctx, node.right, value) &&
      unboundVariable(value) === undefined &&
      joinTypes(withoutNull(value), withoutNull(right)) === undefined
    ) {
      problem(ctx, "OperatorTypes", node.span, {
        operator: node.not ? "is not" : "is",
        left: showType(value),
        right: showType(right),
      });
    }
    return { type: BOOL, whenTrue: ctx.flow, whenFalse: ctx.flow };
  }
  ctx.state.types.set(node.right, { kind: "null" });
  const unknown = unboundVariable(value);
  if (unknown !== undefined) unknown.nullable = true;
  const pruned = prune(value);
  const optional =
    pruned.kind === "nullable" ||
    pruned.kind === "null" ||
    pruned.kind === "any" ||
    pruned.kind === "variable" ||
    pruned.kind === "never";
  if (!optional) problem(ctx, "NeverNull", node.value.span, { type: showType(value) });
  const known = notNull(ctx, ctx.flow, node.value, value);
  return node.not
    ? { type: BOOL, whenTrue: known, whenFalse: ctx.flow }
    : { type: BOOL, whenTrue: ctx.flow, whenFalse: known };
}

function membership(ctx: CheckContext, node: InExpression): Truth {
  const value = inferOperand(ctx, node.value);
  const element = setElement(ctx, node, withoutNull(value));
  if (element !== undefined) {
    const why = because(ctx, node.span, `it is compared with ${describe(ctx, node.set)}`);
    if (
      !adaptText(ctx, node.value, element) &&
      !unifyTypes(withoutNull(value), withoutNull(element), why) &&
      joinTypes(withoutNull(value), withoutNull(element)) === undefined
    ) {
      problem(ctx, "OperatorTypes", node.span, { operator: "in", left: showType(value), right: showType(element) });
    }
  }
  const type = isOptional(value) ? nullable(BOOL) : BOOL;
  return { type, whenTrue: notNull(ctx, ctx.flow, node.value, value), whenFalse: ctx.flow };
}

/** The type of what the set holds; undefined when that says nothing. */
function setElement(ctx: CheckContext, node: InExpression, value: Type): Type | undefined {
  const set = innermost(node.set);
  if (set.kind === "row") {
    for (const item of set.items) {
      const type = inferOperand(ctx, item, value);
      if (
        !adaptText(ctx, item, value) &&
        !unifyTypes(value, withoutNull(type), because(ctx, node.span, `it is compared with ${describe(ctx, item)}`)) &&
        joinTypes(value, withoutNull(type)) === undefined
      ) {
        problem(ctx, "OperatorTypes", item.span, { operator: "in", left: showType(value), right: showType(type) });
      }
    }
    ctx.state.types.set(set, { kind: "list", element: value });
    return undefined;
  }
  const type = withoutNull(ctx.rules.infer(ctx, node.set));
  switch (type.kind) {
    case "list":
      return type.element;
    case "map":
      return STRING;
    case "table": {
      const row = type.row === undefined ? undefined : prune(type.row);
      return row?.kind === "struct" && row.fields.length === 1 ? row.fields[0]?.type : undefined;
    }
    case "scalar":
      if (type.name === "string") return STRING;
      break;
    case "any":
    case "variable":
    case "never":
      return undefined;
    default:
      break;
  }
  problem(ctx, "NotATable", node.set.span, { found: showType(type) });
  return undefined;
}

function likeTest(ctx: CheckContext, node: LikeExpression): Truth {
  const parts = [node.value, node.pattern, ...(node.escape === undefined ? [] : [node.escape])];
  let optional = false;
  for (const part of parts) {
    const type = inferOperand(ctx, part);
    const inner = withoutNull(type);
    optional ||= isOptional(type);
    const unknown = unboundVariable(type);
    if (unknown !== undefined) unifyTypes(unknown, STRING, because(ctx, node.span, `${node.operator} is used on it`));
    else if (
      inner.kind !== "any" &&
      inner.kind !== "enum" &&
      inner.kind !== "never" &&
      !(inner.kind === "scalar" && inner.name === "string")
    ) {
      problem(ctx, "TypeMismatch", part.span, { expected: "string", found: showType(type) });
    }
  }
  return {
    type: optional ? nullable(BOOL) : BOOL,
    whenTrue: notNull(ctx, ctx.flow, node.value, ctx.state.types.get(node.value) ?? ANY),
    whenFalse: ctx.flow,
  };
}

function betweenTest(ctx: CheckContext, node: BetweenExpression): Truth {
  const value = inferOperand(ctx, node.value);
  let optional = isOptional(value);
  for (const bound of [node.low, node.high]) {
    const type = inferOperand(ctx, bound);
    optional ||= isOptional(type);
    if (adaptText(ctx, bound, value)) continue;
    const known = withoutNull(value);
    const fits =
      unifyTypes(known, withoutNull(type), because(ctx, node.span, `it is compared with ${describe(ctx, bound)}`)) ||
      joinTypes(known, withoutNull(type)) !== undefined;
    if (!fits)
      problem(ctx, "OperatorTypes", bound.span, { operator: "between", left: showType(value), right: showType(type) });
  }
  return {
    type: optional ? nullable(BOOL) : BOOL,
    whenTrue: notNull(ctx, ctx.flow, node.value, value),
    whenFalse: ctx.flow,
  };
}

function requireBool(ctx: CheckContext, node: Expression, type: Type): void {
  const inner = withoutNull(type);
  if (inner.kind === "any" || inner.kind === "never" || (inner.kind === "scalar" && inner.name === "bool")) return;
  if (inner.kind === "variable") {
    unifyTypes(inner, BOOL, because(ctx, node.span, "it is used as a condition"));
    return;
  }
  if (inner.kind === "handle" || inner.kind === "table") {
    expectType(ctx, node, type, nullable(BOOL));
    return;
  }
  problem(ctx, "ConditionType", node.span, { found: showType(type) });
}

/** A condition of if, while, when, assert: must be a bool or null. */
export function checkCondition(ctx: CheckContext, node: Expression): Truth {
  const truth = inferTruth(ctx, node);
  requireBool(ctx, node, truth.type);
  return truth;
}
