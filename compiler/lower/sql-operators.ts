// Operators of SQL clauses: printed as written where the engine means the same, as parts of their own where engines differ (dates, wide decimals).
import type { SqlPart, SqlParts, SqlType } from "../../base/sql-form.ts";
import type { BinaryExpression, Expression, UnaryExpression } from "../syntax/tree.ts";
import { finalTypeOf, typeOf } from "./context.ts";
import { exactScaleOf, type ParameterPlace, type SqlLowering } from "./sql-builder.ts";
import { wideMark, wideSide } from "./sql-decimals.ts";
import { isWideDecimal, sqlTypeOf } from "./types.ts";

/** Whether parameters compared with the expression may be bound as plain numbers. */
export function placeOf(sql: SqlLowering, e: Expression): ParameterPlace {
  let inner = e;
  while (inner.kind === "parenthesized" || inner.kind === "collate")
    inner = inner.kind === "parenthesized" ? inner.inner : inner.value;
  const resolution = sql.ctx.checked.names.get(inner);
  return resolution?.kind === "column" && resolution.column.affinity === "integer" ? "integerColumn" : "value";
}

/** One side of a comparison or computation. */
export function comparedSide(
  sql: SqlLowering,
  side: Expression,
  other: Expression,
  { wide }: ReturnType<typeof wideMark>,
): SqlPart[] {
  return wide === true ? wideSide(sql, side) : sql.rules.expression(sql, side, placeOf(sql, other));
}

/** What the engine computes with: decimals when one side is one. */
export function operandType(sql: SqlLowering, left: Expression, right: Expression): SqlType {
  const types = [left, right].map((side) => sqlTypeOf(finalTypeOf(sql.ctx, side)));
  return types.includes("decimal") ? "decimal" : (types[0] ?? "any");
}

/** `-x`, `+x`, `~x`, `NOT x`. */
export function sqlUnary(sql: SqlLowering, e: UnaryExpression, place: ParameterPlace): SqlPart[] {
  const operand = sql.rules.expression(sql, e.operand, place);
  if (e.operator === "not") return ["NOT ", ...operand];
  if (e.operator === "-" && isWideDecimal(finalTypeOf(sql.ctx, e.operand)))
    return [
      {
        p: "operator",
        operator: "-",
        left: ["0"],
        right: operand,
        type: "decimal",
        operandType: "decimal",
        wide: true,
      },
    ];
  const [first] = operand;
  return [typeof first === "string" && first.startsWith(e.operator) ? `${e.operator} ` : e.operator, ...operand];
}

const PLAIN_OPERATORS: Readonly<Partial<Record<BinaryExpression["operator"], string>>> = {
  or: " OR ",
  and: " AND ",
  "=": " = ",
  "!=": " <> ",
  "<": " < ",
  "<=": " <= ",
  ">": " > ",
  ">=": " >= ",
  "+": " + ",
  "-": " - ",
  "*": " * ",
  "&": " & ",
  "|": " | ",
  "<<": " << ",
  ">>": " >> ",
};
const COMPARISONS: ReadonlySet<string> = new Set(["=", "!=", "<", "<=", ">", ">="]);

/** `a + b` and all other operators between two values. */
export function sqlBinary(sql: SqlLowering, e: BinaryExpression): SqlPart[] {
  const compares = COMPARISONS.has(e.operator);
  const wide = e.operator === "and" || e.operator === "or" ? {} : wideMark(sql, e.left, e.right);
  const isWide = wide.wide === true && e.operator !== "??";
  const side = (part: Expression, other: Expression): SqlPart[] =>
    isWide ? wideSide(sql, part) : sql.rules.expression(sql, part, compares ? placeOf(sql, other) : "value");
  const left = side(e.left, e.right);
  const right = side(e.right, e.left);
  if (e.operator === "??") return ["coalesce(", ...left, ", ", ...right, ")"];
  if (e.operator === "contains") return ["(instr(", ...left, ", ", ...right, ") > 0)"];
  const temporal = temporalOperator(sql, e, left, right);
  if (temporal !== undefined) return [temporal];
  const operand = operandType(sql, e.left, e.right);
  const text = PLAIN_OPERATORS[e.operator];
  if (text !== undefined && (operand !== "decimal" || e.operator === "or" || e.operator === "and"))
    return [...left, text, ...right];
  return [
    {
      p: "operator",
      operator: e.operator === "!=" ? "<>" : e.operator,
      left,
      right,
      type: sqlTypeOf(typeOf(sql.ctx, e)),
      operandType: operand,
      ...exactScaleOf(typeOf(sql.ctx, e)),
      ...wide,
    },
  ];
}

const TEMPORAL_TYPES: ReadonlySet<SqlType> = new Set<SqlType>(["date", "time", "timestamp", "timestamptz", "interval"]);

function isInstant(type: SqlType): boolean {
  return type === "timestamp" || type === "timestamptz";
}

// Comparison of timestamps and arithmetic of dates and intervals, which engines keep and spell in their own ways; undefined for everything else.
function temporalOperator(sql: SqlLowering, e: BinaryExpression, left: SqlParts, right: SqlParts): SqlPart | undefined {
  const [leftType, rightType] = [sqlTypeOf(finalTypeOf(sql.ctx, e.left)), sqlTypeOf(finalTypeOf(sql.ctx, e.right))];
  const type = sqlTypeOf(typeOf(sql.ctx, e));
  if (COMPARISONS.has(e.operator) && (isInstant(leftType) || isInstant(rightType))) {
    return {
      p: "operator",
      operator: e.operator === "!=" ? "<>" : e.operator,
      left,
      right,
      type,
      operandType: "timestamp",
    };
  }
  const isArithmetic =
    (e.operator === "+" || e.operator === "-") && TEMPORAL_TYPES.has(leftType) && TEMPORAL_TYPES.has(rightType);
  return isArithmetic
    ? { p: "operator", operator: e.operator, left, right, type, operandType: leftType, rightType }
    : undefined;
}

/** `at BETWEEN a AND b` of timestamps, as the two comparisons that it is. */
export function instantBetween(
  sql: SqlLowering,
  e: Extract<Expression, { readonly kind: "between" }>,
): SqlPart[] | undefined {
  if (!isInstant(sqlTypeOf(finalTypeOf(sql.ctx, e.value)))) return undefined;
  const side = (operator: ">=" | "<=", bound: Expression): SqlPart => ({
    p: "operator",
    operator,
    left: sql.rules.expression(sql, e.value),
    right: sql.rules.expression(sql, bound),
    type: "bool",
    operandType: "timestamp",
  });
  return [e.not ? "(NOT (" : "(", side(">=", e.low), " AND ", side("<=", e.high), e.not ? "))" : ")"];
}
