// Operators of code to Core: unary and binary ones, in, like, is. What each does with registers is in operators.ts.
import { isNullable } from "../../bytecode/register-type.ts";
import type {
  BinaryExpression,
  Expression,
  InExpression,
  IsExpression,
  LikeExpression,
  UnaryExpression,
} from "../syntax/tree.ts";
import { boolValue, call, constant, converted, nullValue } from "./build.ts";
import { lower, typeOf, type Lowering } from "./context.ts";
import type { CoreExpression } from "./core.ts";
import { arithmetic, between, compared, concatenated, connected, inverted, nullTest, once } from "./operators.ts";
import { registerTypeOf } from "./types.ts";

/** Longer lists after IN are searched as a list instead of being compared one by one. */
const CHAIN_MAX = 16;

/** `-x`, `+x`, `~x`, `not x`. */
export function lowerUnary(ctx: Lowering, e: UnaryExpression): CoreExpression {
  const operand = e.operand;
  if (
    e.operator === "-" &&
    operand.kind === "number" &&
    operand.form === "int" &&
    ctx.checked.coercions.get(operand) === undefined
  ) {
    return constant(e.span, { kind: "int", value: -BigInt(operand.text.replaceAll("_", "")) });
  }
  const value = lower(ctx, operand);
  switch (e.operator) {
    case "+":
      return value;
    case "not":
      return inverted(e.span, value);
    case "-":
      return {
        kind: "negate",
        span: e.span,
        rep:
          value.rep === "int" || value.rep === "float" || value.rep === "decimal"
            ? value.rep
            : registerTypeOf(typeOf(ctx, e)),
        value,
      };
    case "~":
      return { kind: "complement", span: e.span, rep: registerTypeOf(typeOf(ctx, e)), value };
  }
}

/** `a + b` and all other operators between two values. */
export function lowerBinary(ctx: Lowering, e: BinaryExpression): CoreExpression {
  const rep = registerTypeOf(typeOf(ctx, e));
  const left = lower(ctx, e.left);
  const right = lower(ctx, e.right);
  switch (e.operator) {
    case "+":
    case "-":
    case "*":
    case "/":
    case "%":
      return arithmetic(e.span, e.operator, left, right, rep);
    case "=":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compared(e.span, e.operator, left, right);
    case "and":
    case "or":
      return connected(e.span, e.operator, left, right);
    case "||":
      return concatenated(e.span, left, right, rep);
    case "??":
      return isNullable(left.rep)
        ? { kind: "coalesce", span: e.span, rep, left, right: converted(right, rep) }
        : converted(left, rep);
    case "contains":
      return contained(e.span, right, left);
    case "->":
      return call(e.span, rep, "json_member", [left, right]);
    case "->>":
      return call(e.span, rep, "json_text", [left, right]);
    case "&":
    case "|":
    case "<<":
    case ">>":
      return call(e.span, rep, { "&": "bit_and", "|": "bit_or", "<<": "shift_left", ">>": "shift_right" }[e.operator], [
        left,
        right,
      ]);
  }
}

/** Whether a list, map, string or table holds a value. */
function contained(span: Expression["span"], value: CoreExpression, set: CoreExpression): CoreExpression {
  const list: CoreExpression =
    set.rep === "table" ? { kind: "tableColumn", span, rep: "list", table: set, column: 0 } : set;
  return call(span, "bool?", "contains", [list, value]);
}

// Halves, so that a long list does not nest deeply.
function anyOf(span: Expression["span"], conditions: readonly CoreExpression[]): CoreExpression {
  const [only] = conditions;
  if (only === undefined) return boolValue(span, false);
  if (conditions.length === 1) return only;
  const middle = conditions.length >> 1;
  return connected(span, "or", anyOf(span, conditions.slice(0, middle)), anyOf(span, conditions.slice(middle)));
}

/** `x in xs`: compared one by one, or searched. */
export function lowerIn(ctx: Lowering, e: InExpression): CoreExpression {
  const set = e.set.kind === "parenthesized" ? e.set.inner : e.set;
  const inside = ((): CoreExpression => {
    if (set.kind === "range") return between(e.span, lower(ctx, e.value), lower(ctx, set.from), lower(ctx, set.to));
    if (set.kind !== "row") return contained(e.span, lower(ctx, e.value), lower(ctx, set));
    const items = set.items.map((item) => lower(ctx, item));
    // A null among the items makes the answer null where nothing is equal, which only comparing one by one gives.
    const certain = items.every((item) => !isNullable(item.rep));
    if (items.length > CHAIN_MAX && certain)
      return contained(e.span, lower(ctx, e.value), { kind: "list", span: set.span, rep: "list", items });
    return once(lower(ctx, e.value), "value", (read) =>
      anyOf(
        e.span,
        items.map((item) => compared(item.span, "=", read, item)),
      ),
    );
  })();
  return e.not ? inverted(e.span, inside) : inside;
}

/** `x like p`. */
export function lowerLike(ctx: Lowering, e: LikeExpression): CoreExpression {
  const names = { like: "like", ilike: "like", glob: "glob", regexp: "regex_match", match: "regex_match" } as const;
  const args = [
    lower(ctx, e.value),
    lower(ctx, e.pattern),
    ...(e.operator === "like" || e.operator === "ilike"
      ? [e.escape === undefined ? nullValue(e.span) : lower(ctx, e.escape)]
      : []),
  ];
  const found = call(e.span, "bool?", names[e.operator], args);
  return e.not ? inverted(e.span, found) : found;
}

/** `x is null`, `x is y`. */
export function lowerIs(ctx: Lowering, e: IsExpression): CoreExpression {
  const value = lower(ctx, e.value);
  if (e.right.kind === "null") return nullTest(e.span, value, e.not);
  return { kind: "identical", span: e.span, rep: "bool", left: value, right: lower(ctx, e.right), not: e.not };
}
