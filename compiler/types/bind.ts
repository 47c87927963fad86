// Binding type and row variables: occurs check, levels, and what operators demanded of an unknown.
import { fieldsOf, nullable, prune, restOf } from "./make.ts";
import type { RowVariable, StructField, Type, TypeVariable } from "./type.ts";

/** The types directly inside a type. Named structs count as closed: they may contain themselves. */
export function partsOf(type: Type): readonly Type[] {
  switch (type.kind) {
    case "list":
      return [type.element];
    case "map":
      return [type.value];
    case "struct":
      return type.name === undefined ? fieldsOf(type).map((field) => field.type) : [];
    case "table":
      return type.row === undefined ? [] : [type.row];
    case "function":
      return [...type.parameters, type.result];
    case "handle":
      return [type.result];
    case "cursor":
      return type.row === undefined ? [] : [type.row];
    case "nullable":
      return [type.inner];
    case "error":
      return type.fields.map((field) => field.type);
    default:
      return [];
  }
}

/** Whether the variable stands inside the type (but is not the type itself). */
export function occursIn(variable: TypeVariable, type: Type): boolean {
  const pruned = prune(type);
  if (pruned === variable) return false;
  if (pruned.kind === "nullable" && prune(pruned.inner) === variable) return false;
  return partsOf(pruned).some((part) => prune(part) === variable || occursIn(variable, part));
}

/** Whether a type, once pruned, meets what operators demanded. Unknowns meet everything for now. */
function meetsDemand(type: Type, demand: TypeVariable["demand"]): boolean {
  const pruned = prune(type);
  const inner = pruned.kind === "nullable" ? prune(pruned.inner) : pruned;
  if (demand === "none" || inner.kind === "variable" || inner.kind === "any") return true;
  const name = inner.kind === "scalar" ? inner.name : undefined;
  const number = name === "int" || name === "float" || name === "decimal";
  switch (demand) {
    case "numeric":
      return number;
    case "additive":
      return (
        number ||
        name === "string" ||
        name === "date" ||
        name === "time" ||
        name === "timestamp" ||
        name === "timestamptz" ||
        name === "interval"
      );
    case "ordered":
      return name !== undefined || inner.kind === "enum";
    case "tableName":
      return name === "string" || inner.kind === "table" || inner.kind === "list";
  }
}

/** Binds an unknown to a type. False when the type does not meet its demand; nothing is bound then. */
export function bindVariable(variable: TypeVariable, type: Type): boolean {
  const pruned = prune(type);
  if (pruned === variable) return true;
  if (pruned.kind === "nullable" && prune(pruned.inner) === variable) {
    variable.nullable = true;
    return true;
  }
  if (!meetsDemand(pruned, variable.demand)) return false;
  const inner = pruned.kind === "nullable" ? prune(pruned.inner) : pruned;
  if (inner.kind === "variable") {
    if (inner.demand === "none") inner.demand = variable.demand;
    if (variable.nullable && pruned.kind !== "nullable") inner.nullable = true;
    inner.reasons.push(...variable.reasons);
  }
  adjustLevels(pruned, variable.level);
  variable.binding = variable.nullable && inner.kind !== "variable" ? nullable(pruned) : pruned;
  return true;
}

/** Unknowns inside a type that is bound to an outer variable live as long as that variable. */
function adjustLevels(type: Type, level: number): void {
  const pruned = prune(type);
  if (pruned.kind === "variable") {
    if (pruned.level > level) pruned.level = level;
    return;
  }
  if (pruned.kind === "scalar") return;
  for (const part of partsOf(pruned)) adjustLevels(part, level);
}

/** Says that an open record has these fields too, and then `rest`. */
export function bindRow(row: RowVariable, fields: readonly StructField[], rest: RowVariable | undefined): void {
  row.binding = { fields, rest };
}

/** The type with all bound variables replaced. Returns the same object when nothing had to be. */
export function resolveType(type: Type): Type {
  const pruned = prune(type);
  switch (pruned.kind) {
    case "list":
      return rebuilt(pruned, pruned.element, (element) => ({ ...pruned, element }));
    case "map":
      return rebuilt(pruned, pruned.value, (value) => ({ ...pruned, value }));
    case "handle":
      return rebuilt(pruned, pruned.result, (result) => ({ ...pruned, result }));
    case "nullable":
      return rebuilt(pruned, pruned.inner, (inner) => nullable(inner));
    case "table": {
      if (pruned.row === undefined) return pruned;
      const row = resolveType(pruned.row);
      if (row === pruned.row) return pruned;
      return { ...pruned, row: row.kind === "struct" || row.kind === "variable" ? row : undefined };
    }
    case "function": {
      const parameters = pruned.parameters.map(resolveType);
      const result = resolveType(pruned.result);
      const same =
        result === pruned.result && parameters.every((parameter, index) => parameter === pruned.parameters[index]);
      return same ? pruned : { ...pruned, parameters, result };
    }
    case "struct": {
      if (pruned.name !== undefined && pruned.rest === undefined) return pruned;
      const fields = fieldsOf(pruned);
      const resolved = fields.map((field) => {
        const type = resolveType(field.type);
        return type === field.type ? field : { ...field, type };
      });
      const same = fields === pruned.fields && resolved.every((field, index) => field === fields[index]);
      return same ? pruned : { ...pruned, fields: resolved, rest: restOf(pruned) };
    }
    default:
      return pruned;
  }
}

function rebuilt(whole: Type, part: Type, build: (resolved: Type) => Type): Type {
  const resolved = resolveType(part);
  return resolved === part ? whole : build(resolved);
}
