// Coverage of patterns against brute force: over small types every value can be listed, so what is missing and what is useful can be counted.
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  WILD,
  alternatives,
  isUseful,
  literalShape,
  missingCases,
  structShape,
  type Shape,
} from "../../compiler/check/exhaustive.ts";
import { BOOL, fieldsOf, nullable, prune } from "../../compiler/types/make.ts";
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
    default:
      return [];
  }
}

function matches(pattern: Shape, value: Shape): boolean {
  if (pattern.kind === "wild") return true;
  if (pattern.kind === "or") return pattern.options.some((option) => matches(option, value));
  return (
    value.kind === "constructor" &&
    pattern.name === value.name &&
    pattern.parts.every((part, index) => matches(part, value.parts[index] ?? WILD))
  );
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

for (const type of [BOOL, MOOD, nullable(MOOD), PAIR, NESTED]) {
  test(`coverage of ${type.kind === "struct" ? (type.name ?? "a nested struct") : type.kind}`, () => {
    fc.assert(
      fc.property(fc.array(patternOf(type), { maxLength: 6 }), patternOf(type), (patterns, next) => {
        const values = valuesOf(type);
        const rows = patterns.flatMap(alternatives);
        const uncovered = values.filter((value) => !patterns.some((pattern) => matches(pattern, value)));
        expect(missingCases(rows, type).length > 0).toBe(uncovered.length > 0);
        expect(alternatives(next).some((each) => isUseful(rows, each, type))).toBe(
          uncovered.some((value) => matches(next, value)),
        );
      }),
      { numRuns: 300, seed: 11 },
    );
  });
}
