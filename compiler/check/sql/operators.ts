// Types of SQL operators. The engine's arithmetic and coercions are as they are; where our types dislike them there is a warning, never an error,
// because the engine accepts the statement. Unknown variables get their types from the other operand here.
import type { BinaryExpression, Expression } from "../../syntax/tree.ts";
import {
  ANY,
  BOOL,
  DATE,
  FLOAT,
  foldName,
  INT,
  INTERVAL,
  JSON_TYPE,
  STRING,
  TIMESTAMP,
  isNumeric,
  isScalar,
  prune,
} from "../../types/make.ts";
import { arithmeticResult, computedArithmetic } from "../../types/numbers.ts";
import { showType } from "../../types/show.ts";
import type { ScalarType, Type } from "../../types/type.ts";
import { unboundVariable, unifyTypes } from "../expect.ts";
import { replaceFix } from "../findings.ts";
import { checkEnumText } from "./literals.ts";
import type { SqlValue } from "./scope.ts";
import { reasonAt, reportSql, textOf, type SqlCheck } from "./state.ts";
import { unparenthesized } from "./walk.ts";

const COMPARISONS: ReadonlySet<string> = new Set(["=", "!=", "<", "<=", ">", ">="]);

/** Value of a binary operator whose operands are known. */
export function binaryValue(sq: SqlCheck, node: BinaryExpression, left: SqlValue, right: SqlValue): SqlValue {
  const { operator } = node;
  const isNull = left.nullable || right.nullable;
  const reason = left.nullable ? left.reason : right.reason;
  const give = (type: Type): SqlValue => ({ type, nullable: isNull, reason });
  if (COMPARISONS.has(operator)) {
    checkNullComparison(sq, node);
    checkTupleSizes(sq, node);
    compareValues(sq, node.left, left, node.right, right);
    return give(BOOL);
  }
  switch (operator) {
    case "and":
    case "or":
    case "contains":
      return give(BOOL);
    case "??":
      return { type: commonType(left.type, right.type), nullable: left.nullable && right.nullable, reason };
    case "||":
      demandText(sq, node.left, left);
      demandText(sq, node.right, right);
      return give(STRING);
    case "&":
    case "|":
    case "<<":
    case ">>":
      return give(INT);
    case "->":
      return { type: JSON_TYPE, nullable: true, reason: "-> gives null where the path is missing" };
    case "->>":
      return { type: ANY, nullable: true, reason: "->> gives null where the path is missing" };
    case "/":
    case "%":
      return divide(sq, node, left, right);
    default:
      return give(arithmeticType(sq, node, left, right));
  }
}

/** Division: null where the divisor is zero, unless it is a literal that is not. */
function divide(sq: SqlCheck, node: BinaryExpression, left: SqlValue, right: SqlValue): SqlValue {
  const type = arithmeticType(sq, node, left, right);
  const literal = unparenthesized(node.right);
  const number = literal.kind === "number" ? Number(literal.text.replace(/[_d]/g, "")) : undefined;
  const divisor = number === undefined ? undefined : node.operator === "%" ? Math.trunc(number) : number;
  if (divisor === 0) reportSql(sq, "DivisionByZeroInSql", node.span, { operator: node.operator });
  const safe = divisor !== undefined && divisor !== 0;
  return safe
    ? { type, nullable: left.nullable, reason: left.reason }
    : { type, nullable: true, reason: `${node.operator} gives null in SQL where the divisor is zero` };
}

function arithmeticType(sq: SqlCheck, node: BinaryExpression, left: SqlValue, right: SqlValue): Type {
  const leftType = prune(left.type);
  const rightType = prune(right.type);
  if (isTemporal(leftType) || isTemporal(rightType)) return temporalArithmetic(node, leftType, rightType);
  if (unboundVariable(leftType) !== undefined && isNumeric(rightType))
    unifyTypes(leftType, rightType, reasonAt(sq, node.span, `it is computed with ${describe(sq, node.right, right)}`));
  if (unboundVariable(rightType) !== undefined && isNumeric(leftType))
    unifyTypes(rightType, leftType, reasonAt(sq, node.span, `it is computed with ${describe(sq, node.left, left)}`));
  const l = prune(left.type);
  const r = prune(right.type);
  if (l.kind === "scalar" && r.kind === "scalar") {
    const result = numericResult(node.operator, l.name === "bool" ? INT : l, r.name === "bool" ? INT : r);
    if (result !== undefined) return result;
    if (l.name === "float" || r.name === "float") return FLOAT;
  }
  return ANY;
}

function numericResult(operator: string, left: ScalarType, right: ScalarType): ScalarType | undefined {
  const result = arithmeticResult(left, right);
  return result?.name === "decimal" ? computedArithmetic(operator, left, right) : result;
}

function isTemporal(type: Type): boolean {
  return (
    type.kind === "scalar" &&
    (type.name === "date" || type.name === "timestamp" || type.name === "timestamptz" || type.name === "interval")
  );
}

/** DATE ± INTERVAL of whole days is a DATE, else a timestamp (LANGUAGE.md 15.10). */
function temporalArithmetic(node: BinaryExpression, left: Type, right: Type): Type {
  const isInterval = (type: Type): boolean => isScalar(type, "interval");
  if (node.operator !== "+" && node.operator !== "-") return isInterval(left) || isInterval(right) ? INTERVAL : ANY;
  if (isInterval(left) && isInterval(right)) return INTERVAL;
  const moment = isInterval(right) ? left : isInterval(left) && node.operator === "+" ? right : undefined;
  if (moment === undefined) return isTemporal(left) && isTemporal(right) && node.operator === "-" ? INTERVAL : ANY;
  if (isScalar(moment, "date")) {
    const interval = unparenthesized(isInterval(right) ? node.right : node.left);
    const wholeDays =
      interval.kind === "temporal" && interval.text !== undefined && !/hour|minute|second|T\d|:/i.test(interval.text);
    return wholeDays ? DATE : TIMESTAMP;
  }
  return moment.kind === "scalar" ? moment : ANY;
}

/** Two values that are compared: unknowns learn from the other side; types that can never be equal are a warning. */
export function compareValues(
  sq: SqlCheck,
  leftNode: Expression,
  left: SqlValue,
  rightNode: Expression,
  right: SqlValue,
): void {
  warnOfNullVariable(sq, leftNode, left, right);
  warnOfNullVariable(sq, rightNode, right, left);
  const leftUnknown = unboundVariable(left.type) !== undefined;
  const rightUnknown = unboundVariable(right.type) !== undefined;
  if (leftUnknown || rightUnknown) {
    const [known, knownNode, other] = leftUnknown ? [right, rightNode, left] : [left, leftNode, right];
    if (prune(known.type).kind === "null" || prune(known.type).kind === "any") return;
    unifyTypes(
      other.type,
      known.type,
      reasonAt(sq, (leftUnknown ? leftNode : rightNode).span, `it is compared with ${describe(sq, knownNode, known)}`),
    );
    return;
  }
  checkEnumText(sq, left.type, rightNode);
  checkEnumText(sq, right.type, leftNode);
  const leftFamily = familyOf(left.type);
  const rightFamily = familyOf(right.type);
  if (leftFamily === undefined || rightFamily === undefined || leftFamily === rightFamily) return;
  if (fitsByText(leftFamily, rightNode, rightFamily) || fitsByText(rightFamily, leftNode, leftFamily)) return;
  if (isFlag(leftFamily, rightFamily) || isFlag(rightFamily, leftFamily)) return;
  if (left.column === undefined && right.column === undefined) return;
  // SQLite reads the text of a column as a number there; advice.ts says what that costs.
  const isConverted = [leftFamily, rightFamily].every((family) => family === "number" || family === "string");
  if (isConverted && left.column !== undefined && right.column !== undefined) return;
  reportSql(
    sq,
    "NeverEqualInSql",
    { start: leftNode.span.start, end: rightNode.span.end },
    { left: showType(left.type), right: showType(right.type) },
  );
}

/** A variable that may be null makes a comparison unknown: no row qualifies then (listing 12). */
function warnOfNullVariable(sq: SqlCheck, node: Expression, value: SqlValue, other: SqlValue): void {
  const inner = unparenthesized(node);
  if (value.column !== undefined || (inner.kind !== "name" && inner.kind !== "parameter")) return;
  const resolution = sq.ctx.state.names.get(inner);
  const known = resolution?.kind === "variable" && resolution.variable.nullReason !== undefined;
  if (
    !known &&
    (!value.nullable ||
      other.column === undefined ||
      prune(value.type).kind === "any" ||
      prune(value.type).kind === "null")
  )
    return;
  const name = inner.kind === "name" ? inner.name.text : inner.name;
  if (sq.nullTested.has(foldName(name))) return;
  reportSql(sq, "NullCompareNeverHolds", node.span, { name });
}

type Family = "number" | "string" | "bytes" | "bool" | "date" | "time" | "timestamp" | "interval" | "uuid" | "other";

/** Types of one family may be equal. Undefined: anything goes. */
function familyOf(type: Type): Family | undefined {
  const pruned = prune(type);
  if (pruned.kind === "enum") return "string";
  if (pruned.kind === "list" || pruned.kind === "map" || pruned.kind === "struct" || pruned.kind === "function")
    return "other";
  if (pruned.kind !== "scalar") return undefined;
  switch (pruned.name) {
    case "int":
    case "float":
    case "decimal":
      return "number";
    case "timestamptz":
      return "timestamp";
    case "json":
      return undefined;
    default:
      return pruned.name;
  }
}

/** A text literal may be compared with another type when it reads as one; a date with a timestamp always. */
function fitsByText(family: Family, node: Expression, nodeFamily: Family): boolean {
  if ((family === "date" && nodeFamily === "timestamp") || (family === "timestamp" && nodeFamily === "date"))
    return true;
  if (nodeFamily !== "string") return false;
  const literal = unparenthesized(node);
  if (literal.kind !== "string") return family === "uuid";
  const text = literal.value.trim();
  switch (family) {
    case "number":
      return text !== "" && Number.isFinite(Number(text));
    case "date":
    case "timestamp":
      return /^[+-]?\d{1,4}(-\d{2}){0,2}([T ]\d|$)/.test(text) || text === "" || text === "now";
    case "time":
      return /^\d{1,2}(:\d{2})*/.test(text);
    case "interval":
    case "uuid":
      return true;
    case "bool":
      return /^(true|false|0|1)$/i.test(text);
    default:
      return false;
  }
}

/** Booleans are 0 and 1 in the engine. */
function isFlag(left: Family, right: Family): boolean {
  return left === "bool" && right === "number";
}

/** `= null` is never true; offers IS NULL. */
function checkNullComparison(sq: SqlCheck, node: BinaryExpression): void {
  const isNull = (side: Expression): boolean => unparenthesized(side).kind === "null";
  if (!isNull(node.left) && !isNull(node.right)) return;
  const other = isNull(node.right) ? node.left : node.right;
  const words = node.operator === "=" ? "is null" : "is not null";
  const fixes =
    node.operator === "=" || node.operator === "!="
      ? [replaceFix(`Write ${words}`, node.span, `${textOf(sq, other.span)} ${words}`)]
      : [];
  reportSql(sq, "CompareWithNull", node.span, { operator: textOf(sq, node.operatorSpan) || node.operator }, { fixes });
}

/** `(a, b) = (1, 2)`: both sides have as many values. */
function checkTupleSizes(sq: SqlCheck, node: BinaryExpression): void {
  const left = unparenthesized(node.left);
  const right = unparenthesized(node.right);
  if (left.kind === "query" || right.kind === "query") return;
  const size = (side: Expression): number => (side.kind === "row" ? side.items.length : 1);
  if (size(left) !== size(right)) reportSql(sq, "TupleSize", node.span, { left: size(left), right: size(right) });
}

function demandText(sq: SqlCheck, node: Expression, value: SqlValue): void {
  if (unboundVariable(value.type) !== undefined)
    unifyTypes(value.type, STRING, reasonAt(sq, node.span, "it is concatenated with ||"));
}

/** The type of either of two values: their common type, any when they have none. */
export function commonType(left: Type, right: Type): Type {
  const l = prune(left);
  const r = prune(right);
  if (l.kind === "null" || l.kind === "never") return r;
  if (r.kind === "null" || r.kind === "never") return l;
  if (l.kind === "variable" || r.kind === "variable") return l === r || unifyTypes(l, r) ? prune(l) : ANY;
  if (l.kind === "scalar" && r.kind === "scalar") {
    if (l.name === r.name) return l === r ? l : sameScalar(l, r);
    // A choice keeps the larger scale, as a sum does.
    if (isNumeric(l) && isNumeric(r)) return numericResult("+", l, r) ?? ANY;
    return ANY;
  }
  if (l.kind === "enum" && r.kind === "enum" && l.name === r.name) return l;
  if ((l.kind === "enum" && isScalar(r, "string")) || (r.kind === "enum" && isScalar(l, "string"))) return STRING;
  return ANY;
}

/** Two scalars of one name: keeps precision, length and range only where they agree. */
function sameScalar(left: ScalarType, right: ScalarType): Type {
  const same =
    left.precision === right.precision &&
    left.scale === right.scale &&
    left.length === right.length &&
    left.range?.[0] === right.range?.[0];
  if (left.name === "decimal" && (!same || left.computed !== right.computed))
    return computedArithmetic("+", left, right);
  return same ? left : { kind: "scalar", name: left.name };
}

/** Joins two values: the common type, null when either may be. */
export function joinValues(left: SqlValue, right: SqlValue): SqlValue {
  return {
    type: commonType(left.type, right.type),
    nullable: left.nullable || right.nullable,
    reason: left.nullable ? left.reason : right.reason,
  };
}

/** How a value is named in reasons: the column with its table, else its text. */
export function describe(sq: SqlCheck, node: Expression, value: SqlValue): string {
  const { column } = value;
  if (column !== undefined) return `${column.source.table?.name ?? column.source.alias ?? "the query"}.${column.name}`;
  const text = textOf(sq, node.span);
  return text.length > 0 && text.length <= 40 ? text : `a ${showType(value.type)}`;
}

/** Value of a prefix operator. */
export function unaryValue(operator: "+" | "-" | "~" | "not", operand: SqlValue): SqlValue {
  const { nullable, reason } = operand;
  const type = prune(operand.type);
  switch (operator) {
    case "not":
      return { type: BOOL, nullable, reason };
    case "~":
      return { type: INT, nullable, reason };
    case "+":
      return { type, nullable, reason };
    case "-":
      return {
        type:
          isNumeric(type) || type.kind === "variable" || isScalar(type, "interval")
            ? type.kind === "scalar" && type.range !== undefined
              ? INT
              : type
            : isScalar(type, "bool")
              ? INT
              : ANY,
        nullable,
        reason,
      };
  }
}
