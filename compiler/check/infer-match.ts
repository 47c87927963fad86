// `match`: patterns against the subject's type, bindings, guards, the arms' common type, missing and unreachable cases.
import { LIMITS } from "../../base/limits.ts";
import type { Fix } from "../../base/problem.ts";
import type { Expression, MatchArm, MatchExpression, Name, Pattern } from "../syntax/tree.ts";
import {
  ANY,
  NEVER,
  STRING,
  fieldNamed,
  fieldsOf,
  foldName,
  listOf,
  mayBeNull,
  prune,
  withoutNull,
} from "../types/make.ts";
import { joinTypes } from "../types/join.ts";
import { showType } from "../types/show.ts";
import type { EnumType, StructType, Type } from "../types/type.ts";
import type { CheckContext, Flow } from "./context.ts";
import { expectType, unboundVariable, unifyTypes, because } from "./expect.ts";
import {
  WILD,
  addPattern,
  alternativesCount,
  isUseful,
  listShape,
  literalShape,
  missingCases,
  newCover,
  structShape,
  type Shape,
} from "./exhaustive.ts";
import { nearest, problem, replaceFix } from "./findings.ts";
import { joinFlows, narrow } from "./flow.ts";
import { declaredEnum } from "./infer-names.ts";
import { innermost, scalarValue } from "./scalar-value.ts";
import { declareVariable, inScope, narrowKey } from "./scope.ts";

/** How the arms' values are used: joined to one type, or dropped (a statement). */
export type MatchUse = { readonly kind: "value"; readonly expected: Type | undefined } | { readonly kind: "statement" };

/** Checks a match; gives the type of its value (void for a statement). The flow afterwards is the arms' joined. */
export function inferMatch(ctx: CheckContext, node: MatchExpression, use: MatchUse): Type {
  const found = ctx.rules.infer(ctx, node.subject);
  const subject = prune(found).kind === "table" ? scalarValue(ctx, node.subject, found) : found;
  const before = ctx.flow;
  const key = narrowKey(ctx, node.subject);
  const cover = newCover();
  let followed = true;
  const flows: Flow[] = [];
  let result: Type = NEVER;
  let nullDone = false;
  for (const arm of node.arms) {
    ctx.flow = nullDone && key !== undefined && mayBeNull(subject) ? narrow(before, key, withoutNull(subject)) : before;
    const type = nullDone ? withoutNull(subject) : subject;
    const shape = inScope(ctx, () => {
      const pattern = checkPattern(ctx, arm.pattern, type);
      if (tooManyAlternatives(ctx, arm.pattern, pattern)) followed = false;
      else if (followed && !isUseful(cover, pattern, subject)) problem(ctx, "UnreachableCase", arm.pattern.span, {});
      if (arm.guard !== undefined) ctx.flow = ctx.rules.checkCondition(ctx, arm.guard).whenTrue;
      result = joinArm(ctx, arm, result, checkArm(ctx, arm, use), use);
      return pattern;
    });
    flows.push(ctx.flow);
    if (arm.guard !== undefined || !followed) continue;
    addPattern(cover, shape);
    nullDone ||= coversNull(shape);
  }
  const missing = followed ? missingCases(cover, subject) : [];
  if (missing.length > 0 && prune(subject).kind !== "never") {
    problem(
      ctx,
      "MissingCases",
      node.subject.span,
      { cases: missing.join(", ") },
      { help: "Add these cases, or _ => …", fixes: [missingArms(ctx, node, missing)] },
    );
    flows.push(before);
  }
  ctx.flow = joinFlows(flows);
  return use.kind === "statement" ? { kind: "void" } : result;
}

/** The missing cases as arms with holes, each on its own line where the arms before are. */
function missingArms(ctx: CheckContext, node: MatchExpression, missing: readonly string[]): Fix {
  const { text } = ctx.item;
  const last = node.arms.at(-1);
  const at = last?.span.end ?? text.lastIndexOf("}", node.span.end - 1);
  const lineStart = text.lastIndexOf("\n", last?.span.start ?? at) + 1;
  const before = text.slice(lineStart, last?.span.start ?? at);
  const between = last !== undefined && before.trim() === "" ? `\n${before}` : " ";
  const isBlock = last !== undefined && "style" in last.body;
  const arms = missing.map((pattern) => `${pattern} => ${isBlock ? "{ ... }" : "..."}`).join(`,${between}`);
  const title = missing.length === 1 ? `Add the case ${missing[0] ?? ""}` : "Add the missing cases";
  const isClosed = last !== undefined && text[at - 1] === ",";
  const added = last === undefined ? ` ${arms} ` : isClosed ? `${between}${arms},` : `,${between}${arms}`;
  return { title, edits: [{ span: { start: at, end: at }, text: added }] };
}

function coversNull(shape: Shape): boolean {
  if (shape.kind === "or") return shape.options.some(coversNull);
  return shape.kind === "constructor" && shape.name === "null";
}

function tooManyAlternatives(ctx: CheckContext, pattern: Pattern, shape: Shape): boolean {
  const count = alternativesCount(shape);
  const max = LIMITS.patternAlternativesMax.value;
  if (count <= max) return false;
  const data = { name: "This pattern", count, what: "combinations of its alternatives", max };
  problem(ctx, "CodeTooLarge", pattern.span, data);
  return true;
}

function checkArm(ctx: CheckContext, arm: MatchArm, use: MatchUse): Type {
  if (arm.body.kind === "block") {
    ctx.rules.checkBlock(ctx, arm.body);
    return ctx.flow.reachable ? { kind: "void" } : NEVER;
  }
  if (use.kind === "statement") {
    ctx.discards.add(arm.body);
    return ctx.rules.infer(ctx, arm.body);
  }
  const type = ctx.rules.infer(ctx, arm.body, use.expected);
  if (use.expected !== undefined && unboundVariable(use.expected) === undefined)
    expectType(ctx, arm.body, type, use.expected);
  return use.expected !== undefined && unboundVariable(use.expected) === undefined ? use.expected : type;
}

function joinArm(ctx: CheckContext, arm: MatchArm, before: Type, type: Type, use: MatchUse): Type {
  if (use.kind === "statement") return before;
  const joined = joinTypes(before, type);
  if (joined !== undefined) return joined;
  problem(ctx, "BranchTypes", arm.body.span, { left: showType(before), right: showType(type) });
  return ANY;
}

function checkPattern(ctx: CheckContext, pattern: Pattern, subject: Type): Shape {
  switch (pattern.kind) {
    case "wildcardPattern":
      return WILD;
    case "literalPattern":
      return literalPattern(ctx, pattern.value, subject);
    case "rangePattern": {
      for (const bound of [pattern.from, pattern.to]) checkComparable(ctx, bound, subject);
      return literalShape(`${sourceOf(ctx, pattern.from)}..${sourceOf(ctx, pattern.to)}`);
    }
    case "bindingPattern":
      return bindingPattern(ctx, pattern.name, pattern, subject);
    case "enumPattern":
      return enumPattern(ctx, pattern, subject);
    case "structPattern":
      return structPattern(ctx, pattern, subject);
    case "listPattern":
      return listPattern(ctx, pattern, subject);
    case "orPattern":
      return orPattern(ctx, pattern.options, subject);
  }
}

function sourceOf(ctx: CheckContext, expression: Expression): string {
  return ctx.item.text.slice(expression.span.start, expression.span.end);
}

function literalPattern(ctx: CheckContext, value: Expression, subject: Type): Shape {
  const literal = innermost(value);
  if (literal.kind === "null") {
    ctx.state.types.set(value, { kind: "null" });
    const unknown = unboundVariable(subject);
    if (unknown !== undefined) unknown.nullable = true;
    else if (!mayBeNull(subject)) problem(ctx, "NeverNull", value.span, { type: showType(subject) });
    return literalShape("null");
  }
  checkComparable(ctx, value, subject);
  if (literal.kind === "string")
    return literalShape(withoutNull(subject).kind === "enum" ? literal.value : JSON.stringify(literal.value));
  if (literal.kind === "boolean") return literalShape(String(literal.value));
  return literalShape(sourceOf(ctx, value));
}

/** A literal of a pattern must be of the subject's type, or a number beside numbers. */
function checkComparable(ctx: CheckContext, value: Expression, subject: Type): void {
  const whole = withoutNull(subject);
  const type = ctx.rules.infer(ctx, value, whole);
  if (whole.kind === "any" || whole.kind === "never") return;
  if (whole.kind === "enum" || unboundVariable(whole) !== undefined) {
    expectType(ctx, value, type, whole, because(ctx, value.span, `it is matched with ${sourceOf(ctx, value)}`));
    return;
  }
  const known =
    unifyTypes(whole, withoutNull(type)) ||
    joinTypes(whole, withoutNull(type)) !== undefined ||
    expectText(ctx, value, whole);
  if (!known) problem(ctx, "WrongPattern", value.span, { type: showType(subject) });
}

function expectText(ctx: CheckContext, value: Expression, whole: Type): boolean {
  return (
    innermost(value).kind === "string" &&
    whole.kind === "scalar" &&
    whole.name !== "int" &&
    whole.name !== "float" &&
    whole.name !== "bool" &&
    whole.name !== "decimal" &&
    expectType(ctx, value, STRING, whole)
  );
}

function bindingPattern(ctx: CheckContext, name: Name, node: object, subject: Type): Shape {
  const whole = withoutNull(subject);
  if (whole.kind === "enum" && name.quote === "none") {
    const value = whole.values.find((each) => each === name.text);
    if (value !== undefined) {
      ctx.state.names.set(node, { kind: "enumValue", type: whole, value });
      ctx.state.names.set(name, { kind: "enumValue", type: whole, value });
      return literalShape(value);
    }
  }
  declareVariable(ctx, name, "pattern", subject);
  return WILD;
}

function enumPattern(ctx: CheckContext, pattern: Extract<Pattern, { kind: "enumPattern" }>, subject: Type): Shape {
  const type: EnumType | undefined = declaredEnum(ctx, pattern.type);
  if (type === undefined) {
    problem(ctx, "UnknownType", pattern.type.span, { name: pattern.type.text });
    return WILD;
  }
  if (!unifyTypes(withoutNull(subject), type, because(ctx, pattern.span, `it is matched with ${type.name}`)))
    problem(ctx, "WrongPattern", pattern.span, { type: showType(subject) });
  const value = type.values.find((each) => foldName(each) === foldName(pattern.value.text));
  if (value === undefined) {
    const near = nearest(pattern.value.text, type.values);
    problem(
      ctx,
      "UnknownEnumValue",
      pattern.value.span,
      { value: pattern.value.text, type: type.name },
      near === undefined
        ? {}
        : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, pattern.value.span, near)] },
    );
    return WILD;
  }
  ctx.state.names.set(pattern, { kind: "enumValue", type, value });
  return literalShape(value);
}

function structPattern(ctx: CheckContext, pattern: Extract<Pattern, { kind: "structPattern" }>, subject: Type): Shape {
  const whole = withoutNull(subject);
  const named =
    pattern.typeName === undefined
      ? undefined
      : prune(
          ctx.rules.typeFromNode(ctx, {
            kind: "namedType",
            name: pattern.typeName,
            args: [],
            span: pattern.typeName.span,
          }),
        );
  const struct: StructType | undefined = named?.kind === "struct" ? named : whole.kind === "struct" ? whole : undefined;
  if (struct === undefined) {
    if (whole.kind !== "any" && whole.kind !== "variable")
      problem(ctx, "WrongPattern", pattern.span, { type: showType(subject) });
    for (const field of pattern.fields) checkPattern(ctx, field.pattern, ANY);
    return literalShape(sourceOfPattern(ctx, pattern));
  }
  if (named !== undefined && !unifyTypes(struct, whole))
    problem(ctx, "WrongPattern", pattern.span, { type: showType(subject) });
  const parts = new Map<string, Shape>();
  for (const field of pattern.fields) {
    const declared = fieldNamed(struct, field.name.text);
    if (declared === undefined) {
      const near = nearest(
        field.name.text,
        fieldsOf(struct).map((each) => each.name),
      );
      problem(
        ctx,
        "UnknownField",
        field.name.span,
        { field: field.name.text, type: showType(struct) },
        near === undefined
          ? {}
          : { help: `Did you mean ${near}?`, fixes: [replaceFix(`Use ${near}`, field.name.span, near)] },
      );
    }
    parts.set(foldName(field.name.text), checkPattern(ctx, field.pattern, declared?.type ?? ANY));
  }
  const shape = structShape(struct, parts);
  // Under `any` the structs themselves are told apart.
  return whole.kind === "struct" || shape.kind !== "constructor" ? shape : { ...shape, name: showType(struct) };
}

function sourceOfPattern(ctx: CheckContext, pattern: Pattern): string {
  return ctx.item.text.slice(pattern.span.start, pattern.span.end);
}

function listPattern(ctx: CheckContext, pattern: Extract<Pattern, { kind: "listPattern" }>, subject: Type): Shape {
  const whole = withoutNull(subject);
  const open = pattern.hasRest;
  if (whole.kind !== "list" && whole.kind !== "any" && whole.kind !== "variable")
    problem(ctx, "WrongPattern", pattern.span, { type: showType(subject) });
  const element = whole.kind === "list" ? whole.element : ANY;
  const parts = pattern.elements.map((each) => checkPattern(ctx, each, element));
  if (pattern.rest !== undefined) declareVariable(ctx, pattern.rest, "pattern", listOf(element));
  return listShape(parts, open);
}

function orPattern(ctx: CheckContext, options: readonly Pattern[], subject: Type): Shape {
  return { kind: "or", options: options.map((option) => checkPattern(ctx, option, subject)) };
}
