// Coverage of patterns against brute force: over small types every value can be listed, so what is missing and what is useful can be counted.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  WILD,
  type Cover,
  addPattern,
  isUseful,
  listShape,
  literalShape,
  missingCases,
  newCover,
  structShape,
  type Shape,
} from "../../compiler/check/exhaustive.ts";
import { codesOf } from "./support.ts";
import { BOOL, INT, STRING, fieldsOf, nullable, prune } from "../../compiler/types/make.ts";
import { required } from "../../base/failure.ts";
import type { StructType, Type } from "../../compiler/types/type.ts";

const MOOD: Type = { kind: "enum", name: "Mood", values: ["happy", "sad", "calm"] };
const PAIR: StructType = {
  kind: "struct",
  name: "Pair",
  fields: [
    { name: "ok", type: BOOL },
    { name: "mood", type: nullable(MOOD) },
  ],
  rest: undefined,
};
const NESTED: StructType = {
  kind: "struct",
  name: undefined,
  fields: [
    { name: "pair", type: nullable(PAIR) },
    { name: "flag", type: BOOL },
  ],
  rest: undefined,
};

const FLAGS: Type = { kind: "list", element: BOOL };
const WITH_LISTS: StructType = {
  kind: "struct",
  name: "Lists",
  fields: [
    { name: "flags", type: FLAGS },
    { name: "ok", type: BOOL },
  ],
  rest: undefined,
};

/** Lists longer than any pattern speaks of differ in nothing that a pattern sees. */
const LENGTH_MAX = 3;

/** All values of a small type, as shapes without wildcards. */
function valuesOf(typeIn: Type): readonly Shape[] {
  const type = prune(typeIn);
  switch (type.kind) {
    case "nullable":
      return [literalShape("null"), ...valuesOf(type.inner)];
    case "enum":
      return type.values.map(literalShape);
    case "scalar":
      return [literalShape("true"), literalShape("false")];
    case "struct": {
      let rows: Map<string, Shape>[] = [new Map()];
      for (const field of fieldsOf(type))
        rows = rows.flatMap((row) => valuesOf(field.type).map((value) => new Map(row).set(field.name, value)));
      return rows.map((row) => structShape(type, row));
    }
    case "list": {
      let lists: (readonly Shape[])[] = [[]];
      const all = [...lists];
      for (let length = 1; length <= LENGTH_MAX; length += 1) {
        lists = lists.flatMap((list) => valuesOf(type.element).map((value) => [...list, value]));
        all.push(...lists);
      }
      return all.map((parts) => listShape(parts, false));
    }
    default:
      return [];
  }
}

function matches(pattern: Shape, value: Shape): boolean {
  if (pattern.kind === "wild") return true;
  if (pattern.kind === "or") return pattern.options.some((option) => matches(option, value));
  return (
    value.kind === "constructor" &&
    (pattern.open === true ? pattern.parts.length <= value.parts.length : pattern.name === value.name) &&
    pattern.parts.every((part, index) => matches(part, value.parts[index] ?? WILD))
  );
}

function coverOf(patterns: readonly Shape[]): Cover {
  const cover = newCover();
  for (const pattern of patterns) addPattern(cover, pattern);
  return cover;
}

function patternOf(typeIn: Type): fc.Arbitrary<Shape> {
  const type = prune(typeIn);
  const own = ((): fc.Arbitrary<Shape> => {
    switch (type.kind) {
      case "nullable":
        return fc.oneof(fc.constant(literalShape("null")), patternOf(type.inner));
      case "enum":
        return fc.constantFrom(...type.values.map(literalShape));
      case "scalar":
        return fc.constantFrom(literalShape("true"), literalShape("false"));
      case "struct":
        return fc
          .tuple(...fieldsOf(type).map((field) => patternOf(field.type)))
          .map((parts) =>
            structShape(type, new Map(fieldsOf(type).map((field, index) => [field.name, parts[index] ?? WILD]))),
          );
      case "list":
        return fc
          .tuple(fc.array(patternOf(type.element), { maxLength: LENGTH_MAX - 1 }), fc.boolean())
          .map(([parts, open]) => listShape(parts, open));
      default:
        return fc.constant(WILD);
    }
  })();
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(WILD) },
    { weight: 3, arbitrary: own },
    { weight: 1, arbitrary: fc.tuple(own, own).map((options): Shape => ({ kind: "or", options })) },
  );
}

for (const type of [BOOL, MOOD, nullable(MOOD), PAIR, NESTED, FLAGS, WITH_LISTS]) {
  test(`coverage of ${type.kind === "struct" ? (type.name ?? "a nested struct") : type.kind}`, () => {
    fc.assert(
      fc.property(fc.array(patternOf(type), { maxLength: 6 }), patternOf(type), (patterns, next) => {
        const values = valuesOf(type);
        const cover = coverOf(patterns);
        const uncovered = values.filter((value) => !patterns.some((pattern) => matches(pattern, value)));
        expect(missingCases(cover, type).length > 0).toBe(uncovered.length > 0);
        expect(isUseful(cover, next, type)).toBe(uncovered.some((value) => matches(next, value)));
      }),
      { numRuns: 300, seed: 11 },
    );
  });
}

const BIG_ENUM = (count: number): Type => ({
  kind: "enum",
  name: "Big",
  values: Array.from({ length: count }, (_, i) => `v${i}`),
});
const POINT: StructType = {
  kind: "struct",
  name: "Point",
  fields: [
    { name: "x", type: INT },
    { name: "y", type: STRING },
  ],
  rest: undefined,
};

const literals = (count: number, prefix: string): readonly Shape[] =>
  Array.from({ length: count }, (_, i) => literalShape(`${prefix}${i}`));

/** Many arms of one kind, with their type. */
const MANY: Readonly<Record<string, (count: number) => { readonly type: Type; readonly arms: readonly Shape[] }>> = {
  ints: (count) => ({ type: INT, arms: literals(count, "") }),
  "texts or null": (count) => ({ type: nullable(STRING), arms: [...literals(count - 1, '"a'), literalShape("null")] }),
  "enum values": (count) => ({ type: BIG_ENUM(count), arms: literals(count, "v") }),
  "one field of structs": (count) => ({
    type: POINT,
    arms: literals(count, "").map((x) => structShape(POINT, new Map([["x", x]]))),
  }),
  "the last field of structs": (count) => ({
    type: POINT,
    arms: literals(count, '"a').map((y) => structShape(POINT, new Map([["y", y]]))),
  }),
  "both fields of structs": (count) => ({
    type: POINT,
    arms: literals(count, "").map((x) =>
      structShape(
        POINT,
        new Map([
          ["x", x],
          ["y", literalShape('"a"')],
        ]),
      ),
    ),
  }),
  "first elements of lists": (count) => ({
    type: { kind: "list", element: INT },
    arms: literals(count, "").map((first) => listShape([first], true)),
  }),
  "an or-pattern": (count) => ({ type: INT, arms: [{ kind: "or", options: literals(count, "") }] }),
};

/** Missing cases where there is not one. Lists of no, of one and of more elements are told apart. */
const MISSING: Readonly<Record<string, number>> = { "enum values": 0, "first elements of lists": 3 };

/** Work of checking arms one after the other, and then what is missing. */
function stepsOf(count: number, kind: string): number {
  const { type, arms } = required(MANY[kind], kind)(count);
  const cover = newCover();
  for (const arm of arms) {
    expect(isUseful(cover, arm, type)).toBe(true);
    addPattern(cover, arm);
  }
  expect(missingCases(cover, type)).toHaveLength(MISSING[kind] ?? 1);
  return cover.steps;
}

test.each(Object.keys(MANY))("the work of many arms grows as they do: %s", (kind) => {
  const some = stepsOf(2_000, kind);
  expect(stepsOf(4_000, kind)).toBeLessThanOrEqual(some * 2.1);
  expect(some).toBeLessThan(2_000 * 12);
});

test("patternAlternativesMax: accepted at the limit, refused one over it", () => {
  const ten = Array.from({ length: 10 }, (_, i) => i).join(" | ");
  const codes = (more: string): readonly string[] =>
    codesOf(
      `type struct as P (a int, b int, c int, d int)\nfunction f(p P) returns int { return p match { P {a: ${ten}, b: ${ten}, c: ${ten}, d: ${ten}}${more} => 1, _ => 0 } }`,
    );
  expect(codes("")).toEqual([]);
  expect(codes(" | P {a: 11}")).toEqual(["E9006"]);
});
