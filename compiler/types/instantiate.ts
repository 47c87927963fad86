// Generic signatures: generalising the unknowns that a function keeps, and fresh copies of them for each call.
// Only functions are generalised; let-bound lambdas stay monomorphic, since a program that needs more can declare a function.
import type { DeferredOperator } from "./deferred.ts";
import { partsOf } from "./bind.ts";
import { fieldsOf, freshRow, freshVariable, prune, restOf, type TypeSupply } from "./make.ts";
import type { RowVariable, StructType, Type, TypeVariable } from "./type.ts";

/** Marks the unknowns of a type that were made above `level` as kept by the function. */
export function generalize(type: Type, level: number): void {
  const pruned = prune(type);
  if (pruned.kind === "variable") {
    if (pruned.level > level) pruned.generic = true;
    return;
  }
  for (const part of partsOf(pruned)) generalize(part, level);
}

/** Whether generic unknowns or open records stand in the type. */
export function isGeneric(type: Type): boolean {
  const pruned = prune(type);
  if (pruned.kind === "variable") return pruned.generic;
  if (pruned.kind === "scalar") return false;
  if (pruned.kind === "struct" && restOf(pruned) !== undefined) return true;
  return partsOf(pruned).some(isGeneric);
}

/** Replaces generic unknowns, the same one by the same fresh one. One instance per call. */
export interface Instantiation {
  readonly types: Map<TypeVariable, TypeVariable>;
  readonly rows: Map<RowVariable, RowVariable>;
  readonly supply: TypeSupply;
  readonly level: number;
}

export function newInstantiation(supply: TypeSupply, level: number): Instantiation {
  return { types: new Map(), rows: new Map(), supply, level };
}

/** The type with generic unknowns replaced; the same object when it has none. */
export function instantiate(type: Type, into: Instantiation): Type {
  if (!isGeneric(type)) return type;
  const pruned = prune(type);
  const copy = (part: Type): Type => instantiate(part, into);
  switch (pruned.kind) {
    case "variable":
      return copyVariable(pruned, into);
    case "list":
      return { ...pruned, element: copy(pruned.element) };
    case "map":
      return { ...pruned, value: copy(pruned.value) };
    case "handle":
      return { ...pruned, result: copy(pruned.result) };
    case "nullable":
      return { kind: "nullable", inner: copy(pruned.inner) };
    case "function":
      return { ...pruned, parameters: pruned.parameters.map(copy), result: copy(pruned.result) };
    case "struct":
      return copyStruct(pruned, into);
    case "table": {
      const row = pruned.row === undefined ? undefined : copy(pruned.row);
      return { ...pruned, row: row?.kind === "struct" || row?.kind === "variable" ? row : undefined };
    }
    default:
      return pruned;
  }
}

function copyVariable(variable: TypeVariable, into: Instantiation): TypeVariable {
  const known = into.types.get(variable);
  if (known !== undefined) return known;
  const fresh = freshVariable(into.supply, into.level, variable.demand);
  fresh.nullable = variable.nullable;
  into.types.set(variable, fresh);
  return fresh;
}

function copyStruct(type: StructType, into: Instantiation): StructType {
  const rest = restOf(type);
  const fields = fieldsOf(type).map((field) => ({ ...field, type: instantiate(field.type, into) }));
  if (rest === undefined) return { ...type, fields };
  const freshRest = into.rows.get(rest) ?? freshRow(into.supply);
  into.rows.set(rest, freshRest);
  return { ...type, fields, rest: freshRest };
}

/** Copies of a generic function's undecided operators for one call. */
export function instantiateOperators(
  operators: readonly DeferredOperator[],
  into: Instantiation,
): readonly DeferredOperator[] {
  return operators.map((operator) => {
    const result = instantiate(operator.result, into);
    return {
      ...operator,
      left: instantiate(operator.left, into),
      right: instantiate(operator.right, into),
      result: result.kind === "variable" ? result : operator.result,
      leftNode: undefined,
      rightNode: undefined,
      done: false,
    };
  });
}
