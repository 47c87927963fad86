// Literals: numbers, texts, templates, lists, objects, ranges; and texts that stand for dates, enum values and the like where these are expected.
import type { ListLiteral, NumberLiteral, ObjectLiteral, RangeExpression, TemplateLiteral } from "../syntax/tree.ts";
import {
  DECIMAL,
  FLOAT,
  INT,
  NEVER,
  STRING,
  fieldNamed,
  fieldsOf,
  foldName,
  freshVariable,
  listOf,
  mapOf,
  prune,
  structOf,
  withoutNull,
} from "../types/make.ts";
import { joinTypes } from "../types/join.ts";
import { showType } from "../types/show.ts";
import type { StructField, StructType, Type } from "../types/type.ts";
import type { CheckContext } from "./context.ts";
import { addCoercions, expectType } from "./expect.ts";
import { nearest, problem, replaceFix } from "./findings.ts";

const INT_MAX = 9_223_372_036_854_775_807n;

/** Type of a number literal; reports one that no int can hold. */
export function inferNumber(ctx: CheckContext, literal: NumberLiteral): Type {
  if (literal.form === "float") return FLOAT;
  if (literal.form === "decimal") return DECIMAL;
  const value = BigInt(literal.text.replaceAll("_", ""));
  if (value > INT_MAX)
    problem(
      ctx,
      "NumberTooLarge",
      literal.span,
      { text: literal.text, type: "int" },
      { help: "Write it as a decimal (with a d at the end) or a float." },
    );
  return INT;
}

/** `"a ${b}"`: every value is printed, so any type but void will do. */
export function inferTemplate(ctx: CheckContext, literal: TemplateLiteral): Type {
  for (const value of literal.values) {
    const type = prune(ctx.rules.infer(ctx, value));
    if (type.kind === "void") problem(ctx, "NoValue", value.span, { expected: "text" });
    if (type.kind === "handle") addCoercions(ctx.state, value, [{ kind: "await", from: type, to: type.result }]);
  }
  return STRING;
}

/** `[a, b]`: the elements' common type, or the one that is expected. */
export function inferList(ctx: CheckContext, literal: ListLiteral, expected: Type | undefined): Type {
  const wanted = expected === undefined ? undefined : withoutNull(expected);
  if (wanted?.kind === "list") {
    const element = wanted.element;
    for (const each of literal.elements) expectType(ctx, each, ctx.rules.infer(ctx, each, element), element);
    return listOf(element);
  }
  const types = literal.elements.map((element) => ctx.rules.infer(ctx, element));
  let joined: Type = NEVER;
  for (const [index, type] of types.entries()) {
    const next = joinTypes(joined, type);
    if (next === undefined) {
      const span = literal.elements[index]?.span ?? literal.span;
      problem(
        ctx,
        "TypeMismatch",
        span,
        { expected: showType(joined), found: showType(type) },
        { help: "All elements of a list have one type." },
      );
      return listOf({ kind: "any" });
    }
    joined = next;
  }
  if (prune(joined).kind === "never" || prune(joined).kind === "null")
    return listOf(
      prune(joined).kind === "null"
        ? { kind: "nullable", inner: freshVariable(ctx.state.supply, ctx.level) }
        : freshVariable(ctx.state.supply, ctx.level),
    );
  for (const [index, element] of literal.elements.entries()) expectType(ctx, element, types[index] ?? NEVER, joined);
  return listOf(joined);
}

/** `{a: 1}`, `Person {…}`: a struct, or a map where a map is expected. */
export function inferObject(ctx: CheckContext, literal: ObjectLiteral, expected: Type | undefined): Type {
  reportDoubleFields(ctx, literal);
  if (literal.typeName !== undefined) return inferTyped(ctx, literal, expected);
  const wanted = expected === undefined ? undefined : withoutNull(expected);
  if (wanted?.kind === "map") {
    for (const field of literal.fields)
      expectType(ctx, field.value, ctx.rules.infer(ctx, field.value, wanted.value), wanted.value);
    return mapOf(wanted.value);
  }
  if (wanted?.kind === "struct" && wanted.rest === undefined) {
    return fillStruct(ctx, literal, wanted);
  }
  const fields: StructField[] = literal.fields.map((field) => ({
    name: field.name.text,
    type: ctx.rules.infer(ctx, field.value),
  }));
  return structOf(fields);
}

function reportDoubleFields(ctx: CheckContext, literal: ObjectLiteral): void {
  const seen = new Set<string>();
  for (const field of literal.fields) {
    const key = foldName(field.name.text);
    if (seen.has(key)) problem(ctx, "DoubleField", field.name.span, { field: field.name.text });
    seen.add(key);
  }
}

function inferTyped(ctx: CheckContext, literal: ObjectLiteral, expected: Type | undefined): Type {
  const name = literal.typeName;
  if (name === undefined) return NEVER;
  const type = prune(ctx.rules.typeFromNode(ctx, { kind: "namedType", name, args: [], span: name.span }));
  const row = type.kind === "table" && type.row !== undefined ? prune(type.row) : type;
  if (row.kind === "struct") return fillStruct(ctx, literal, row);
  for (const field of literal.fields) ctx.rules.infer(ctx, field.value);
  if (row.kind !== "any") problem(ctx, "TypeMismatch", name.span, { expected: "a struct", found: showType(row) });
  return expected ?? { kind: "any" };
}

/** Checks the fields of a literal against a struct; fields that may be null can be left out. */
function fillStruct(ctx: CheckContext, literal: ObjectLiteral, struct: StructType): Type {
  const extra: string[] = [];
  for (const field of literal.fields) {
    const wanted = fieldNamed(struct, field.name.text);
    if (wanted === undefined) {
      ctx.rules.infer(ctx, field.value);
      extra.push(field.name.text);
    } else {
      expectType(ctx, field.value, ctx.rules.infer(ctx, field.value, wanted.type), wanted.type);
    }
  }
  const given = new Set(literal.fields.map((field) => foldName(field.name.text)));
  const missing = literal.hasHole
    ? []
    : fieldsOf(struct)
        .filter((field) => !given.has(foldName(field.name)))
        .map((field) => field.name);
  const type = showType(struct);
  if (missing.length > 0) problem(ctx, "MissingFields", literal.span, { fields: missing.join(", "), type });
  if (extra.length > 0) {
    const near = nearest(extra[0] ?? "", missing);
    const span = literal.fields.find((field) => field.name.text === extra[0])?.name.span ?? literal.span;
    problem(
      ctx,
      "ExtraFields",
      span,
      { fields: extra.join(", "), type },
      near === undefined ? {} : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, span, near)] },
    );
  }
  return struct;
}

/** `a..b`: a list of ints. */
export function inferRange(ctx: CheckContext, range: RangeExpression): Type {
  for (const bound of [range.from, range.to]) expectType(ctx, bound, ctx.rules.infer(ctx, bound), INT);
  return listOf(INT);
}
