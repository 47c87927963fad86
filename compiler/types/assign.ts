// Whether a value of one type may stand where another is expected, binding type variables on the way, and which coercions that takes.
// Does not report: callers turn the Mismatch into a diagnostic, because only they know the place.
// Unification with levels (Rémy 1992; explained at okmij.org/ftp/ML/generalization.html), extended by null, numeric widening and open records.
import { assertNever } from "../../base/failure.ts";
import type { Coercion } from "../check/checked.ts";
import { fieldNamed, fieldsOf, foldName, lastVariable, nullable, prune, restOf } from "./make.ts";
import { bindRow, bindVariable, occursIn } from "./bind.ts";
import { widerNumber } from "./numbers.ts";
import type { FunctionType, ScalarType, StructType, TableType, Type, TypeVariable } from "./type.ts";

/** Why it does not fit. `missing`/`extra` name fields of structs; `null`: only null stands in the way. */
export type Mismatch =
  | { readonly kind: "type" | "null" | "recursive" | "demand"; readonly found: Type; readonly expected: Type }
  | {
      readonly kind: "fields";
      readonly found: Type;
      readonly expected: Type;
      readonly missing: readonly string[];
      readonly extra: readonly string[];
    };

/**
 * Makes `found` fit `expected`. Coercions of the value itself are appended to `coercions` in the order in which they apply.
 * A variable whose binding was inferred is widened when the new value needs it (int to float, T to T?).
 */
export function assignType(found: Type, expected: Type, coercions: Coercion[] = []): Mismatch | undefined {
  const mismatch = relate(found, expected, coercions);
  if (mismatch === undefined) return undefined;
  const inferred = lastVariable(expected);
  if (inferred?.binding === undefined || inferred.generic) return mismatch;
  const wider = widened(prune(found), prune(inferred.binding));
  if (wider === undefined) return mismatch;
  inferred.binding = wider;
  return relate(found, expected, coercions);
}

/** The binding that holds both, when the difference is only null or numeric width. */
function widened(found: Type, bound: Type): Type | undefined {
  if (found.kind === "null") return nullable(bound);
  const foundInner = found.kind === "nullable" ? prune(found.inner) : found;
  const boundInner = bound.kind === "nullable" ? prune(bound.inner) : bound;
  const optional = found.kind === "nullable" || bound.kind === "nullable";
  if (foundInner.kind === "scalar" && boundInner.kind === "scalar") {
    const number = foundInner.name === boundInner.name ? boundInner : widerNumber(foundInner, boundInner);
    return number === undefined ? undefined : optional ? nullable(number) : number;
  }
  if (found.kind === "nullable" && bound.kind !== "nullable" && relate(foundInner, boundInner, []) === undefined)
    return nullable(bound);
  return undefined;
}

function relate(foundType: Type, expectedType: Type, coercions: Coercion[]): Mismatch | undefined {
  const found = prune(foundType);
  const expected = prune(expectedType);
  if (found === expected || expected.kind === "any" || found.kind === "never") return undefined;
  if (expected.kind === "variable") return bindExpected(found, expected);
  // T stands where T? is expected: nothing is learned about T.
  if (expected.kind === "nullable" && prune(expected.inner) === found) return undefined;
  if (found.kind === "variable") return bindFound(found, expected);
  if (found.kind === "any") {
    coercions.push({ kind: "check", from: found, to: expected });
    return undefined;
  }
  if (expected.kind === "nullable") {
    if (found.kind === "null") return undefined;
    if (found.kind === "nullable") return relate(found.inner, expected.inner, coercions);
    return relate(found, expected.inner, coercions);
  }
  if (found.kind === "null") return expected.kind === "null" ? undefined : { kind: "null", found, expected };
  if (found.kind === "nullable") {
    const inner = relate(found.inner, expected, []);
    return inner ?? { kind: "null", found, expected };
  }
  return relateKinds(found, expected, coercions);
}

function bindExpected(found: Type, expected: TypeVariable): Mismatch | undefined {
  if (found.kind === "null") {
    expected.nullable = true;
    return undefined;
  }
  return bind(expected, found, { found, expected });
}

function bindFound(found: TypeVariable, expected: Type): Mismatch | undefined {
  if (expected.kind === "null") {
    found.nullable = true;
    return undefined;
  }
  return bind(found, expected, { found, expected });
}

function bind(
  variable: TypeVariable,
  type: Type,
  pair: { readonly found: Type; readonly expected: Type },
): Mismatch | undefined {
  if (occursIn(variable, type)) return { kind: "recursive", ...pair };
  return bindVariable(variable, type) ? undefined : { kind: "demand", ...pair };
}

function relateKinds(found: Type, expected: Type, coercions: Coercion[]): Mismatch | undefined {
  const mismatch: Mismatch = { kind: "type", found, expected };
  switch (found.kind) {
    case "scalar":
      return relateScalar(found, expected, coercions, mismatch);
    case "handle": {
      if (expected.kind === "handle")
        return relate(found.result, expected.result, []) === undefined ? undefined : mismatch;
      coercions.push({ kind: "await", from: found, to: found.result });
      return relate(found.result, expected, coercions);
    }
    case "list":
      if (expected.kind === "list")
        return relateElements(found, found.element, expected, expected.element, coercions, mismatch);
      return toJson(found, expected, coercions, mismatch);
    case "map":
      if (expected.kind === "map")
        return relateElements(found, found.value, expected, expected.value, coercions, mismatch);
      return toJson(found, expected, coercions, mismatch);
    case "struct":
      if (expected.kind === "struct") return relateStructs(found, expected, coercions);
      return toJson(found, expected, coercions, mismatch);
    case "enum":
      if (expected.kind === "enum") return found.name === expected.name ? undefined : mismatch;
      return expected.kind === "scalar" && expected.name === "string" ? undefined : mismatch;
    case "table":
      return relateTable(found, expected, coercions, mismatch);
    case "function":
      return expected.kind === "function" ? relateFunctions(found, expected, mismatch) : mismatch;
    case "cursor":
      return expected.kind === "cursor" ? undefined : mismatch;
    case "error":
      return expected.kind === "error" && (expected.name === undefined || expected.name === found.name)
        ? undefined
        : mismatch;
    case "void":
      return expected.kind === "void" ? undefined : mismatch;
    case "any":
    case "null":
    case "never":
    case "nullable":
    case "variable":
      return undefined;
    default:
      return assertNever(found, "relateKinds");
  }
}

function relateScalar(
  found: ScalarType,
  expected: Type,
  coercions: Coercion[],
  mismatch: Mismatch,
): Mismatch | undefined {
  if (expected.kind !== "scalar") return mismatch;
  if (found.name === expected.name || isInstantPair(found, expected)) {
    if (needsCheck(found, expected)) coercions.push({ kind: "check", from: found, to: expected });
    return undefined;
  }
  if (widerNumber(found, expected)?.name === expected.name) {
    coercions.push({ kind: "widen", from: found, to: expected });
    return undefined;
  }
  return mismatch;
}

function isInstantPair(left: ScalarType, right: ScalarType): boolean {
  return left.name.startsWith("timestamp") && right.name.startsWith("timestamp");
}

/** True when the expected type is narrower than the found one: its precision, length or range is checked at run time. */
function needsCheck(found: ScalarType, expected: ScalarType): boolean {
  if (expected.precision !== undefined && (found.precision !== expected.precision || found.scale !== expected.scale))
    return true;
  if (expected.length !== undefined && (found.length === undefined || found.length > expected.length)) return true;
  return expected.range !== undefined && found.range !== expected.range;
}

function relateElements(
  found: Type,
  foundPart: Type,
  expected: Type,
  expectedPart: Type,
  coercions: Coercion[],
  mismatch: Mismatch,
): Mismatch | undefined {
  const inner: Coercion[] = [];
  const wrong = assignType(foundPart, expectedPart, inner);
  if (wrong !== undefined) return wrong.kind === "fields" ? wrong : mismatch;
  if (inner.length > 0) coercions.push({ kind: found.kind === "list" ? "list" : "check", from: found, to: expected });
  return undefined;
}

/** Lists, maps and structs may stand where JSON is expected. */
function toJson(found: Type, expected: Type, coercions: Coercion[], mismatch: Mismatch): Mismatch | undefined {
  if (expected.kind !== "scalar" || expected.name !== "json") return mismatch;
  coercions.push({ kind: "check", from: found, to: expected });
  return undefined;
}

function relateTable(
  found: TableType,
  expected: Type,
  coercions: Coercion[],
  mismatch: Mismatch,
): Mismatch | undefined {
  const row = found.row === undefined ? undefined : prune(found.row);
  if (expected.kind === "table") {
    if (expected.row === undefined || row === undefined) return undefined;
    return relate(row, expected.row, []) === undefined ? undefined : mismatch;
  }
  if (expected.kind === "list") {
    coercions.push({ kind: "list", from: found, to: expected });
    if (row === undefined) return undefined;
    const element = prune(expected.element);
    if (element.kind === "struct" || element.kind === "variable" || element.kind === "any")
      return relate(row, expected.element, []);
    return mismatch;
  }
  if (expected.kind !== "scalar" && expected.kind !== "enum") return mismatch;
  if (row === undefined) {
    coercions.push({ kind: "scalar", from: found, to: expected });
    return undefined;
  }
  const only = row.kind === "struct" && fieldsOf(row).length === 1 ? fieldsOf(row)[0] : undefined;
  if (only === undefined) return mismatch;
  const value = nullable(only.type);
  coercions.push({ kind: "scalar", from: found, to: value });
  return { kind: "null", found: value, expected };
}

function relateFunctions(found: FunctionType, expected: FunctionType, mismatch: Mismatch): Mismatch | undefined {
  if (found.parameters.length > expected.parameters.length) return mismatch;
  for (const [index, parameter] of found.parameters.entries()) {
    const given = expected.parameters[index];
    if (given !== undefined && assignType(given, parameter) !== undefined) return mismatch;
  }
  if (prune(expected.result).kind === "void") return undefined;
  return assignType(found.result, expected.result) === undefined ? undefined : mismatch;
}

function relateStructs(found: StructType, expected: StructType, coercions: Coercion[]): Mismatch | undefined {
  const foundRest = restOf(found);
  const expectedRest = restOf(expected);
  const missing = fieldsOf(expected).filter((field) => fieldNamed(found, field.name) === undefined);
  const extra = fieldsOf(found).filter((field) => fieldNamed(expected, field.name) === undefined);
  const fieldsWrong =
    (missing.length > 0 && foundRest === undefined) || (extra.length > 0 && expectedRest === undefined);
  if (fieldsWrong)
    return {
      kind: "fields",
      found,
      expected,
      missing: missing.map((field) => field.name),
      extra: extra.map((field) => field.name),
    };
  let converts = fieldsOf(found).some(
    (field, index) => foldName(field.name) !== foldName(fieldsOf(expected)[index]?.name ?? ""),
  );
  for (const field of fieldsOf(expected)) {
    const other = fieldNamed(found, field.name);
    if (other === undefined) continue;
    const inner: Coercion[] = [];
    const wrong = assignType(other.type, field.type, inner);
    if (wrong !== undefined) return { kind: wrong.kind === "null" ? "null" : "type", found, expected };
    if (inner.length > 0) converts = true;
  }
  if (foundRest !== undefined && missing.length > 0) bindRow(foundRest, missing, expectedRest);
  if (expectedRest !== undefined && expectedRest !== foundRest && extra.length > 0)
    bindRow(expectedRest, extra, foundRest);
  if (converts && expectedRest === undefined && foundRest === undefined)
    coercions.push({ kind: "check", from: found, to: expected });
  return undefined;
}
