// Whether patterns cover all values of a type, which are missing, and which pattern can never match.
// Algorithm: usefulness of pattern matrices (Maranget, "Warnings for pattern matching", 2007), with lists split by length.
import { fieldsOf, foldName, prune } from "../types/make.ts";
import type { StructType, Type } from "../types/type.ts";

/** A pattern without names: anything, or a constructor (a literal, `null`, an enum value, a struct, a list of some length). */
export type Shape =
  | { readonly kind: "wild" }
  | { readonly kind: "or"; readonly options: readonly Shape[] }
  | { readonly kind: "constructor"; readonly name: string; readonly parts: readonly Shape[]; readonly open?: true };

export const WILD: Shape = { kind: "wild" };

/** The shapes without or-patterns that together match what a shape does. */
export function alternatives(shape: Shape): readonly Shape[] {
  if (shape.kind === "wild") return [shape];
  if (shape.kind === "or") return shape.options.flatMap(alternatives);
  let rows: readonly (readonly Shape[])[] = [[]];
  for (const part of shape.parts) {
    const options = alternatives(part);
    rows = rows.flatMap((row) => options.map((option) => [...row, option]));
  }
  return rows.map((parts) => ({ ...shape, parts }));
}

/** A literal, `null` or an enum value. */
export function literalShape(name: string): Shape {
  return { kind: "constructor", name, parts: [] };
}

/** A struct pattern: parts in the order of the type's fields. */
export function structShape(type: StructType, parts: ReadonlyMap<string, Shape>): Shape {
  return {
    kind: "constructor",
    name: "struct",
    parts: fieldsOf(type).map((field) => parts.get(foldName(field.name)) ?? WILD),
  };
}

/** A list pattern of exactly these elements, or of at least these. */
export function listShape(parts: readonly Shape[], open: boolean): Shape {
  return { kind: "constructor", name: `list${parts.length}`, parts, ...(open ? { open: true as const } : {}) };
}

interface Constructor {
  readonly name: string;
  readonly types: readonly Type[];
  readonly show: (parts: readonly string[]) => string;
}

const LISTED_MAX = 12;

/** The missing cases as people would write them; empty when all values are covered. */
export function missingCases(rows: readonly Shape[], type: Type): readonly string[] {
  const matrix = rows.map((row) => [row]);
  const all = constructorsOf(type, rows);
  if (all === undefined) {
    const missing = firstMissing(matrix, [type]);
    return missing === undefined ? [] : [missing[0] ?? "_"];
  }
  const found: string[] = [];
  for (const constructor of all) {
    const missing = firstMissing(specialize(matrix, constructor), constructor.types);
    if (missing !== undefined) found.push(constructor.show(missing));
  }
  return found.slice(0, LISTED_MAX);
}

/** Whether a pattern matches some value that none of the earlier ones does. */
export function isUseful(earlier: readonly Shape[], pattern: Shape, type: Type): boolean {
  return useful(
    earlier.map((row) => [row]),
    [pattern],
    [type],
  );
}

/** All constructors of a type, or undefined when there are too many to list. */
function constructorsOf(typeIn: Type, column: readonly Shape[]): readonly Constructor[] | undefined {
  const type = prune(typeIn);
  switch (type.kind) {
    case "nullable": {
      const inner = constructorsOf(type.inner, column);
      return inner === undefined ? undefined : [constant("null"), ...inner];
    }
    case "null":
      return [constant("null")];
    case "enum":
      return type.values.map((value) => constant(value));
    case "scalar":
      return type.name === "bool" ? [constant("true"), constant("false")] : undefined;
    case "struct": {
      const fields = fieldsOf(type);
      const name = type.name ?? "";
      const show = (parts: readonly string[]): string => {
        const shown = fields.flatMap((field, index) =>
          parts[index] === "_" ? [] : [`${field.name}: ${parts[index] ?? "_"}`],
        );
        return shown.length === 0 ? "_" : `${name} {${shown.join(", ")}}`.trim();
      };
      return [{ name: "struct", types: fields.map((field) => field.type), show }];
    }
    case "list":
      return listConstructors(type.element, column);
    default:
      return undefined;
  }
}

function constant(name: string): Constructor {
  return { name, types: [], show: () => name };
}

/** One constructor per length that patterns speak of, and one for all longer lists. */
function listConstructors(element: Type, column: readonly Shape[]): readonly Constructor[] {
  const lengths = column.flatMap((shape) =>
    shape.kind === "constructor" && shape.name.startsWith("list") ? [shape.parts.length] : [],
  );
  const longest = Math.max(0, ...lengths) + 1;
  const constructors: Constructor[] = [];
  for (let length = 0; length <= longest; length += 1) {
    const last = length === longest;
    const show = (parts: readonly string[]): string => `[${[...parts, ...(last ? ["..."] : [])].join(", ")}]`;
    constructors.push({ name: `list${length}`, types: Array.from({ length }, () => element), show });
  }
  return constructors;
}

function matches(shape: Shape, constructor: Constructor): boolean {
  if (shape.kind !== "constructor" || shape.name === constructor.name) return true;
  return shape.open === true && constructor.name.startsWith("list") && shape.parts.length <= constructor.types.length;
}

function specialize(matrix: readonly (readonly Shape[])[], constructor: Constructor): readonly (readonly Shape[])[] {
  return matrix.flatMap((row) => {
    const [first, ...rest] = row;
    if (first === undefined || !matches(first, constructor)) return [];
    const parts = constructor.types.map((_type, index) =>
      first.kind === "constructor" ? (first.parts[index] ?? WILD) : WILD,
    );
    return [[...parts, ...rest]];
  });
}

function defaults(matrix: readonly (readonly Shape[])[]): readonly (readonly Shape[])[] {
  return matrix.flatMap((row) => (row[0]?.kind === "wild" ? [row.slice(1)] : []));
}

/** One vector of values that no row matches, or undefined. */
function firstMissing(matrix: readonly (readonly Shape[])[], types: readonly Type[]): readonly string[] | undefined {
  const [type, ...rest] = types;
  if (type === undefined) return matrix.length === 0 ? [] : undefined;
  if (matrix.length === 0) return types.map(() => "_");
  const column = matrix.flatMap((row) => (row[0] === undefined ? [] : [row[0]]));
  if (column.every((shape) => shape.kind === "wild")) {
    const missing = firstMissing(defaults(matrix), rest);
    return missing === undefined ? undefined : ["_", ...missing];
  }
  const all = constructorsOf(type, column);
  if (all === undefined) {
    const missing = firstMissing(defaults(matrix), rest);
    return missing === undefined ? undefined : ["_", ...missing];
  }
  for (const constructor of all) {
    const missing = firstMissing(specialize(matrix, constructor), [...constructor.types, ...rest]);
    if (missing === undefined) continue;
    const count = constructor.types.length;
    return [constructor.show(missing.slice(0, count)), ...missing.slice(count)];
  }
  return undefined;
}

function useful(matrix: readonly (readonly Shape[])[], pattern: readonly Shape[], types: readonly Type[]): boolean {
  const [first, ...rest] = pattern;
  const [type, ...restTypes] = types;
  if (first === undefined || type === undefined) return matrix.length === 0;
  if (matrix.length === 0) return true;
  const column = [first, ...matrix.flatMap((row) => (row[0] === undefined ? [] : [row[0]]))];
  const all = constructorsOf(type, column);
  if (first.kind !== "constructor") {
    if (all === undefined) return useful(defaults(matrix), rest, restTypes);
    return all.some((constructor) =>
      useful(
        specialize(matrix, constructor),
        [...constructor.types.map(() => WILD), ...rest],
        [...constructor.types, ...restTypes],
      ),
    );
  }
  const candidates = all?.filter((constructor) => matches(first, constructor)) ?? [
    { name: first.name, types: [], show: () => first.name },
  ];
  return candidates.some((constructor) => {
    const parts = constructor.types.map((_type, index) => first.parts[index] ?? WILD);
    return useful(specialize(matrix, constructor), [...parts, ...rest], [...constructor.types, ...restTypes]);
  });
}
