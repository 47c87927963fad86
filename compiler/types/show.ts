// Types as people read them: in messages, hovers, `@TypeOf` and the catalog. The text parses again as a type.
// Generic variables print as A, B, … in order of appearance, other unknowns as `?`.
import { assertNever } from "../../base/failure.ts";
import { fieldsOf, prune, restOf } from "./make.ts";
import type { ScalarType, StructType, Type, TypeVariable } from "./type.ts";

/** The type's name. Pass the same `letters` to several calls to name generic variables alike. */
export function showType(type: Type, letters: Map<TypeVariable, string> = new Map()): string {
  return show(type, letters, 0);
}

const DEPTH_MAX = 12;

function show(type: Type, letters: Map<TypeVariable, string>, depth: number): string {
  if (depth > DEPTH_MAX) return "…";
  const pruned = prune(type);
  const inner = (part: Type): string => show(part, letters, depth + 1);
  switch (pruned.kind) {
    case "scalar":
      return showScalar(pruned);
    case "list":
      return `list<${inner(pruned.element)}>`;
    case "map":
      return `map<string, ${inner(pruned.value)}>`;
    case "struct":
      return showStruct(pruned, inner);
    case "enum":
      return pruned.name;
    case "table":
      return pruned.row === undefined ? "table<any>" : `table<${inner(pruned.row)}>`;
    case "function":
      return `fn(${pruned.parameters.map(inner).join(", ")}) -> ${inner(pruned.result)}`;
    case "handle":
      return `handle<${inner(pruned.result)}>`;
    case "cursor":
      return pruned.row === undefined ? "cursor" : `cursor<${inner(pruned.row)}>`;
    case "nullable":
      return `${pruned.inner.kind === "function" ? `(${inner(pruned.inner)})` : inner(pruned.inner)}?`;
    case "error":
      return pruned.name ?? "error";
    case "any":
    case "void":
    case "null":
    case "never":
      return pruned.kind;
    case "variable":
      return showVariable(pruned, letters);
    default:
      return assertNever(pruned, "showType");
  }
}

function showScalar(type: ScalarType): string {
  if (type.name === "decimal" && type.precision !== undefined) return `decimal(${type.precision}, ${type.scale ?? 0})`;
  if (type.name === "string" && type.length !== undefined) return `varchar(${type.length})`;
  return type.name;
}

function showStruct(type: StructType, inner: (part: Type) => string): string {
  if (type.name !== undefined) return type.name;
  const fields = fieldsOf(type).map((field) => `${fieldName(field.name)}: ${inner(field.type)}`);
  if (restOf(type) !== undefined) fields.push("...");
  return `{${fields.join(", ")}}`;
}

function fieldName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name}\``;
}

function showVariable(variable: TypeVariable, letters: Map<TypeVariable, string>): string {
  if (!variable.generic) return "?";
  const known = letters.get(variable);
  if (known !== undefined) return known;
  const letter =
    String.fromCharCode(65 + (letters.size % 26)) + (letters.size >= 26 ? String(Math.floor(letters.size / 26)) : "");
  letters.set(variable, letter);
  return letter;
}
