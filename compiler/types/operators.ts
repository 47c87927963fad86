// Result types of binary operators of code on known operand types (LANGUAGE.md 2, 3 and 15.8). Null is handled outside: operands here have none.
// SQL clauses have the engine's rules instead (check/sql).
import { assignType } from "./assign.ts";
import { joinTypes } from "./join.ts";
import { BOOL, BYTES, INT, INTERVAL, JSON_TYPE, STRING, TIMESTAMP, nullable, prune } from "./make.ts";
import { arithmeticResult } from "./numbers.ts";
import type { ScalarType, Type } from "./type.ts";

/** What an operator does: the result, and the type that both operands are converted to first, when they must agree. */
export interface OperatorResult {
  readonly result: Type;
  readonly left?: Type;
  readonly right?: Type;
}

/** The result for two known types, or undefined when the operator does not work on them. `any` on a side gives any (bool for comparisons). */
export function operatorResult(operator: string, leftType: Type, rightType: Type): OperatorResult | undefined {
  const left = prune(leftType);
  const right = prune(rightType);
  switch (operator) {
    case "=":
    case "!=":
      return compareEqual(left, right);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compareOrder(left, right);
    case "contains":
      return contains(left, right);
    default:
      break;
  }
  if (left.kind === "any" || right.kind === "any") return { result: anyResult(operator, left, right) };
  switch (operator) {
    case "+":
    case "-":
      return addition(operator, left, right);
    case "*":
    case "/":
    case "%":
      return multiplication(operator, left, right);
    case "||":
      return concatenation(left, right);
    case "&":
    case "|":
    case "<<":
    case ">>":
      return isName(left, "int") && isName(right, "int") ? { result: INT } : undefined;
    case "->":
      return isName(left, "json") ? { result: nullable(JSON_TYPE) } : undefined;
    case "->>":
      return isName(left, "json") ? { result: nullable(STRING) } : undefined;
    default:
      return undefined;
  }
}

function isName(type: Type, name: ScalarType["name"]): boolean {
  return type.kind === "scalar" && type.name === name;
}

function anyResult(operator: string, left: Type, right: Type): Type {
  if (operator === "||" && (isName(left, "string") || isName(right, "string"))) return STRING;
  return { kind: "any" };
}

function compareEqual(left: Type, right: Type): OperatorResult | undefined {
  if (left.kind === "any" || right.kind === "any") return { result: BOOL };
  if (left.kind === "scalar" && right.kind === "scalar") {
    const number = arithmeticResult(left, right);
    if (number !== undefined) return { result: BOOL, left: number, right: number };
  }
  return joinTypes(left, right) === undefined ? undefined : { result: BOOL };
}

const UNORDERED: ReadonlySet<string> = new Set(["json", "interval"]);

function compareOrder(left: Type, right: Type): OperatorResult | undefined {
  if (left.kind === "any" || right.kind === "any") return { result: BOOL };
  if (left.kind === "enum" && right.kind === "enum") return left.name === right.name ? { result: BOOL } : undefined;
  if (left.kind !== "scalar" || right.kind !== "scalar") return undefined;
  const number = arithmeticResult(left, right);
  if (number !== undefined) return { result: BOOL, left: number, right: number };
  if (UNORDERED.has(left.name) && left.name !== "interval") return undefined;
  return assignType(right, left) === undefined ? { result: BOOL } : undefined;
}

function contains(left: Type, right: Type): OperatorResult | undefined {
  if (left.kind === "any") return { result: BOOL };
  if (left.kind === "list") return joinTypes(left.element, right) === undefined ? undefined : { result: BOOL };
  if (left.kind === "map" || isName(left, "string"))
    return isName(right, "string") || right.kind === "any" ? { result: BOOL } : undefined;
  return undefined;
}

function isInstant(type: Type): boolean {
  return type.kind === "scalar" && (type.name === "timestamp" || type.name === "timestamptz");
}

function addition(operator: "+" | "-", left: Type, right: Type): OperatorResult | undefined {
  if (left.kind !== "scalar" || right.kind !== "scalar") return undefined;
  const number = arithmeticResult(left, right);
  if (number !== undefined) return { result: number, left: number, right: number };
  if (operator === "+" && left.name === "string" && right.name === "string") return { result: STRING };
  if (right.name === "interval") {
    if (left.name === "interval") return { result: INTERVAL };
    if (left.name === "date") return { result: TIMESTAMP };
    if (isInstant(left) || left.name === "time") return { result: left };
  }
  if (operator === "+" && left.name === "interval") return addition("+", right, left);
  if (operator === "-" && left.name === right.name && (left.name === "date" || left.name === "time"))
    return { result: INTERVAL };
  if (operator === "-" && isInstant(left) && isInstant(right)) return { result: INTERVAL };
  return undefined;
}

function multiplication(operator: "*" | "/" | "%", left: Type, right: Type): OperatorResult | undefined {
  if (left.kind !== "scalar" || right.kind !== "scalar") return undefined;
  const number = arithmeticResult(left, right);
  if (number !== undefined) return { result: number, left: number, right: number };
  if (left.name === "interval" && operator !== "%" && (right.name === "int" || right.name === "float"))
    return { result: INTERVAL };
  if (right.name === "interval" && operator === "*" && (left.name === "int" || left.name === "float"))
    return { result: INTERVAL };
  return undefined;
}

function concatenation(left: Type, right: Type): OperatorResult | undefined {
  if (left.kind === "list" && right.kind === "list") {
    const joined = joinTypes(left, right);
    return joined === undefined ? undefined : { result: joined, left: joined, right: joined };
  }
  if (isName(left, "bytes") && isName(right, "bytes")) return { result: BYTES };
  const textual = (type: Type): boolean =>
    (type.kind === "scalar" && type.name !== "bool" && type.name !== "bytes") || type.kind === "enum";
  if (!textual(left) || !textual(right)) return undefined;
  return isName(left, "string") || isName(right, "string") ? { result: STRING } : undefined;
}
