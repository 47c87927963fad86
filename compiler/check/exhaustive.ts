// Whether patterns cover all values of a type, which are missing, and which pattern can never match.
// Algorithm: usefulness of pattern matrices (Maranget, "Warnings for pattern matching", 2007), with lists split by length.
// The matrix is a trie by heads of columns, so that a literal among thousands of others is found and not searched for.
import { ANY, fieldsOf, foldName, prune } from "../types/make.ts";
import type { EnumType, ListType, StructType, Type } from "../types/type.ts";

/** A pattern without names: anything, or a constructor (a literal, `null`, an enum value, a struct, a list of some length). */
export type Shape =
  | { readonly kind: "wild" }
  | { readonly kind: "or"; readonly options: readonly Shape[] }
  | ConstructorShape;

interface ConstructorShape {
  readonly kind: "constructor";
  readonly name: string;
  readonly parts: readonly Shape[];
  readonly open?: true;
}

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

/** How many shapes `alternatives` would give: the product of choices in parts. */
export function alternativesCount(shape: Shape): number {
  if (shape.kind === "wild") return 1;
  if (shape.kind === "or") return shape.options.reduce((sum, option) => sum + alternativesCount(option), 0);
  return shape.parts.reduce((product, part) => product * alternativesCount(part), 1);
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

/** Rows with the same columns so far. */
interface Node {
  readonly heads: Map<string, Node>;
  /** Lists of at least so many elements. */
  readonly open: Map<number, Node>;
  wild: Node | undefined;
  /** The most elements that a list pattern of this column has. */
  longest: number;
}

const newNode = (): Node => ({ heads: new Map(), open: new Map(), wild: undefined, longest: -1 });

/** What the patterns so far cover. */
export interface Cover {
  readonly root: Node;
  rows: number;
  /** Nodes looked at so far: the work, which grows with the patterns and not with their square. */
  steps: number;
}

/** Covers nothing. */
export function newCover(): Cover {
  return { root: newNode(), rows: 0, steps: 0 };
}

/** Adds a pattern. */
export function addPattern(cover: Cover, pattern: Shape): void {
  for (const row of alternatives(pattern)) addRow(cover, row);
}

function addRow(cover: Cover, row: Shape): void {
  cover.rows += 1;
  const waiting: Shape[] = [row];
  let node = cover.root;
  for (let shape = waiting.pop(); shape !== undefined; shape = waiting.pop()) {
    if (shape.kind !== "constructor") {
      node.wild ??= newNode();
      node = node.wild;
      continue;
    }
    if (isList(shape.name)) node.longest = Math.max(node.longest, shape.parts.length);
    node =
      shape.open === true
        ? childOf(node.open, shape.parts.length)
        : childOf(node.heads, headOf(shape.name, shape.parts));
    waiting.push(...shape.parts.toReversed());
  }
}

function childOf<Key>(children: Map<Key, Node>, key: Key): Node {
  const known = children.get(key);
  if (known !== undefined) return known;
  const made = newNode();
  children.set(key, made);
  return made;
}

const isList = (name: string): boolean => name.startsWith("list");
// Under `any` patterns of different structs may meet.
const headOf = (name: string, parts: readonly unknown[]): string =>
  parts.length === 0 ? name : `${name}/${parts.length}`;

/** Columns that a row has no pattern for: `count` of them, behind `after` columns of the trie. */
interface Pad {
  readonly after: number;
  readonly count: number;
}

/** Rows that still match: those below a node, with columns of `_` between theirs. */
interface Cursor {
  readonly node: Node;
  readonly pads: readonly Pad[];
}

/** The cursor behind one column, before `own` new columns and `wild` columns of `_`. */
function behind(node: Node, pads: readonly Pad[], own: number, wild: number): Cursor {
  const [first, ...rest] = pads;
  const later = first === undefined ? [] : [{ after: first.after - 1, count: first.count }, ...rest];
  if (wild > 0) return { node, pads: [{ after: own, count: wild }, ...later] };
  const [next, ...others] = later;
  return { node, pads: next === undefined ? [] : [{ after: next.after + own, count: next.count }, ...others] };
}

/** A cursor whose next column is `_`, behind it, before `columns` columns of `_`. */
function behindPad(node: Node, pads: readonly Pad[], columns: number): Cursor {
  const [first, ...rest] = pads;
  const count = (first?.count ?? 1) - 1 + columns;
  if (count > 0) return { node, pads: [{ after: 0, count }, ...rest] };
  return { node, pads: rest };
}

const inPad = (cursor: Cursor): boolean => cursor.pads[0]?.after === 0;

interface Constructor {
  readonly name: string;
  readonly types: readonly Type[];
  readonly show: (parts: readonly string[]) => string;
}

/** The rows that match a constructor in the next column, with its parts as columns. */
function specialize(cover: Cover, cursors: readonly Cursor[], constructor: Constructor): readonly Cursor[] {
  const arity = constructor.types.length;
  const found: Cursor[] = [];
  for (const cursor of cursors) {
    cover.steps += 1;
    const { node, pads } = cursor;
    if (inPad(cursor)) {
      found.push(behindPad(node, pads, arity));
      continue;
    }
    const exact = node.heads.get(headOf(constructor.name, constructor.types));
    if (exact !== undefined) found.push(behind(exact, pads, arity, 0));
    if (isList(constructor.name))
      for (const [length, open] of node.open)
        if (length <= arity) found.push(behind(open, pads, length, arity - length));
    if (node.wild !== undefined) found.push(behind(node.wild, pads, 0, arity));
  }
  return found;
}

/** The rows that match anything in the next column. */
function defaults(cover: Cover, cursors: readonly Cursor[]): readonly Cursor[] {
  return cursors.flatMap((cursor) => {
    cover.steps += 1;
    if (inPad(cursor)) return [behindPad(cursor.node, cursor.pads, 0)];
    return cursor.node.wild === undefined ? [] : [behind(cursor.node.wild, cursor.pads, 0, 0)];
  });
}

const LISTED_MAX = 12;

const everything = (cover: Cover): readonly Cursor[] => (cover.rows === 0 ? [] : [{ node: cover.root, pads: [] }]);

/** The missing cases as people would write them, the first dozen; empty when all values are covered. */
export function missingCases(cover: Cover, type: Type): readonly string[] {
  const cursors = everything(cover);
  const all = constructorsOf(type, longestOf(cursors));
  if (all === undefined) {
    const missing = firstMissing(cover, cursors, [type]);
    return missing === undefined ? [] : [missing[0] ?? "_"];
  }
  const found: string[] = [];
  for (const constructor of all) {
    const missing = firstMissing(cover, specialize(cover, cursors, constructor), constructor.types);
    if (missing !== undefined) found.push(constructor.show(missing));
    if (found.length === LISTED_MAX) break;
  }
  return found;
}

/** Whether a pattern matches some value that none of the patterns so far does. */
export function isUseful(cover: Cover, pattern: Shape, type: Type): boolean {
  return alternatives(pattern).some((row) => useful(cover, everything(cover), [row], [type]));
}

/** All constructors of a type, or undefined when there are too many to list. `longest` is the most elements of a list pattern in the column. */
function constructorsOf(typeIn: Type, longest: number): readonly Constructor[] | undefined {
  const type = prune(typeIn);
  switch (type.kind) {
    case "nullable": {
      const inner = constructorsOf(type.inner, longest);
      return inner === undefined ? undefined : [constant("null"), ...inner];
    }
    case "null":
      return [constant("null")];
    case "enum":
      return type.values.map((value) => constant(value));
    case "scalar":
      return type.name === "bool" ? [constant("true"), constant("false")] : undefined;
    case "struct":
      return [structConstructor(type)];
    case "list":
      // One per length that patterns speak of, and one for all longer lists.
      return Array.from({ length: Math.max(0, longest) + 2 }, (_, length) =>
        listConstructor(type, length, length === Math.max(0, longest) + 1),
      );
    default:
      return undefined;
  }
}

function constant(name: string): Constructor {
  return { name, types: [], show: () => name };
}

function structConstructor(type: StructType): Constructor {
  const fields = fieldsOf(type);
  const name = type.name ?? "";
  const show = (parts: readonly string[]): string => {
    const shown = fields.flatMap((field, index) =>
      parts[index] === "_" ? [] : [`${field.name}: ${parts[index] ?? "_"}`],
    );
    return shown.length === 0 ? "_" : `${name} {${shown.join(", ")}}`.trim();
  };
  return { name: "struct", types: fields.map((field) => field.type), show };
}

function listConstructor(type: ListType, length: number, last: boolean): Constructor {
  const show = (parts: readonly string[]): string => `[${[...parts, ...(last ? ["..."] : [])].join(", ")}]`;
  return { name: `list${length}`, types: Array.from({ length }, () => type.element), show };
}

const ENUM_VALUES = new WeakMap<EnumType, ReadonlySet<string>>();

function hasValue(type: EnumType, value: string): boolean {
  const values = ENUM_VALUES.get(type) ?? new Set(type.values);
  ENUM_VALUES.set(type, values);
  return values.has(value);
}

/** The constructors of a type that a pattern can match. */
function constructorsLike(pattern: ConstructorShape, typeIn: Type, longest: number): readonly Constructor[] {
  const type = prune(typeIn);
  switch (type.kind) {
    case "nullable":
      return pattern.name === "null" ? [constant("null")] : constructorsLike(pattern, type.inner, longest);
    case "enum":
      return hasValue(type, pattern.name) ? [constant(pattern.name)] : [];
    default: {
      const all = constructorsOf(type, Math.max(longest, isList(pattern.name) ? pattern.parts.length : -1));
      const { name, parts } = pattern;
      if (all === undefined) return [{ name, types: parts.map(() => ANY), show: () => name }];
      const atLeast = pattern.open === true ? parts.length : Number.POSITIVE_INFINITY;
      return all.filter((each) => each.name === name || (isList(each.name) && each.types.length >= atLeast));
    }
  }
}

function longestOf(cursors: readonly Cursor[]): number {
  return cursors.reduce((longest, cursor) => (inPad(cursor) ? longest : Math.max(longest, cursor.node.longest)), -1);
}

/** One vector of values that no row matches, or undefined. */
function firstMissing(cover: Cover, cursors: readonly Cursor[], types: readonly Type[]): readonly string[] | undefined {
  const [type, ...rest] = types;
  if (type === undefined) return cursors.length === 0 ? [] : undefined;
  if (cursors.length === 0) return types.map(() => "_");
  const anyHead = cursors.some((cursor) => !inPad(cursor) && (cursor.node.heads.size > 0 || cursor.node.open.size > 0));
  const all = anyHead ? constructorsOf(type, longestOf(cursors)) : undefined;
  if (all === undefined) {
    const missing = firstMissing(cover, defaults(cover, cursors), rest);
    return missing === undefined ? undefined : ["_", ...missing];
  }
  for (const constructor of all) {
    const missing = firstMissing(cover, specialize(cover, cursors, constructor), [...constructor.types, ...rest]);
    if (missing === undefined) continue;
    const count = constructor.types.length;
    return [constructor.show(missing.slice(0, count)), ...missing.slice(count)];
  }
  return undefined;
}

function useful(cover: Cover, cursors: readonly Cursor[], pattern: readonly Shape[], types: readonly Type[]): boolean {
  const [first, ...rest] = pattern;
  const [type, ...restTypes] = types;
  if (first === undefined || type === undefined) return cursors.length === 0;
  if (cursors.length === 0) return true;
  const below = (constructor: Constructor, parts: readonly Shape[]): boolean =>
    useful(
      cover,
      specialize(cover, cursors, constructor),
      [...constructor.types.map((_type, index) => parts[index] ?? WILD), ...rest],
      [...constructor.types, ...restTypes],
    );
  const longest = longestOf(cursors);
  if (first.kind === "constructor")
    return constructorsLike(first, type, longest).some((constructor) => below(constructor, first.parts));
  const all = constructorsOf(type, longest);
  if (all === undefined) return useful(cover, defaults(cover, cursors), rest, restTypes);
  return all.some((constructor) => below(constructor, []));
}
