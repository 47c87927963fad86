// match: arms are tried in order inside nested blocks; a pattern that does not fit leaves its arm's block.
// The last resort is MatchError, which the checker has reported as non-exhaustive where it can happen.
import type { Span } from "../../base/source.ts";
import type { MatchArm, MatchExpression, Pattern } from "../syntax/tree.ts";
import type { Type } from "../types/type.ts";
import {
  block,
  converted,
  hiddenLocal,
  intValue,
  label,
  nullValue,
  readLocal,
  setLocal,
  stringValue,
} from "./build.ts";
import { bindLocal, declaredVariable, finalTypeOf, lower, typeOf, type Lowering } from "./context.ts";
import { raising, stored } from "./conversions.ts";
import type { CoreExpression, CoreStatement } from "./core.ts";
import type { Label, Local } from "./core-parts.ts";
import { asCondition, between, compared, nullTest } from "./operators.ts";
import { fieldOf } from "./paths.ts";
import { mayBeNull, registerTypeOf, typeFormOf, withoutNull } from "./types.ts";

/** A match whose value is wanted. */
export function lowerMatch(ctx: Lowering, e: MatchExpression): CoreExpression {
  const type = typeOf(ctx, e);
  const result = hiddenLocal("match", registerTypeOf(type));
  const statements = lowerArms(ctx, e, (arm) => {
    // A block gives no value: what comes after it is reached only where the whole may be null.
    if (arm.body.kind === "block")
      return [
        ...ctx.program.rules.statements(ctx, arm.body.statements),
        setLocal(arm.span, result, nullValue(arm.span)),
      ];
    return [setLocal(arm.span, result, stored(lower(ctx, arm.body), finalTypeOf(ctx, arm.body), type))];
  });
  return block(e.span, statements, readLocal(e.span, result));
}

/** A match as a statement. */
export function lowerMatchStatement(ctx: Lowering, e: MatchExpression): CoreStatement[] {
  return lowerArms(ctx, e, (arm) => {
    if (arm.body.kind === "block") return ctx.program.rules.statements(ctx, arm.body.statements);
    return [{ kind: "evaluate", span: arm.span, value: lower(ctx, arm.body) }];
  });
}

function lowerArms(ctx: Lowering, e: MatchExpression, body: (arm: MatchArm) => CoreStatement[]): CoreStatement[] {
  const value = lower(ctx, e.subject);
  const subject = hiddenLocal("subject", value.rep);
  const type = finalTypeOf(ctx, e.subject);
  const done = label("match");
  const arms = e.arms.map((arm): CoreStatement => {
    const next = label("arm");
    const { span } = arm;
    const guard: CoreStatement[] = [];
    const tests = testPattern(ctx, arm.pattern, readLocal(arm.pattern.span, subject), type, next);
    if (arm.guard !== undefined) guard.push(leaveUnless(arm.guard.span, lower(ctx, arm.guard), next));
    return {
      kind: "block",
      span,
      label: next,
      body: [...tests, ...guard, ...body(arm), { kind: "break", span, label: done }],
    };
  });
  const failure: CoreStatement = {
    kind: "evaluate",
    span: e.span,
    value: raising(e.span, "MatchError", "No arm of this match fits the value."),
  };
  return [setLocal(e.span, subject, value), { kind: "block", span: e.span, label: done, body: [...arms, failure] }];
}

function leaveUnless(span: Span, condition: CoreExpression, target: Label): CoreStatement {
  const leave: CoreStatement = { kind: "break", span, label: target };
  return { kind: "if", span, condition: asCondition(condition), then: [], otherwise: [leave] };
}

// Statements that go on when the pattern fits, with its names bound, and leave `fail` when it does not.
function testPattern(ctx: Lowering, pattern: Pattern, value: CoreExpression, type: Type, fail: Label): CoreStatement[] {
  const { span } = pattern;
  const test = (condition: CoreExpression): CoreStatement[] => [leaveUnless(span, condition, fail)];
  switch (pattern.kind) {
    case "wildcardPattern":
      return [];
    case "literalPattern":
      return test(
        pattern.value.kind === "null" ? nullTest(span, value) : equal(span, value, lower(ctx, pattern.value)),
      );
    case "rangePattern":
      return test(between(span, value, lower(ctx, pattern.from), lower(ctx, pattern.to)));
    case "enumPattern":
      return test(equal(span, value, stringValue(span, pattern.value.text)));
    case "bindingPattern": {
      const resolution = ctx.checked.names.get(pattern) ?? ctx.checked.names.get(pattern.name);
      if (resolution?.kind === "enumValue") return test(equal(span, value, stringValue(span, resolution.value)));
      const variable = declaredVariable(ctx, pattern.name);
      const local = bindLocal(ctx, variable);
      return [setLocal(span, local, value)];
    }
    case "orPattern":
      return testAlternatives(ctx, pattern.options, value, type, span, fail);
    case "structPattern":
      return testStruct(ctx, pattern, value, type, fail);
    case "listPattern":
      return testList(ctx, pattern, value, type, fail);
  }
}

function equal(span: Span, value: CoreExpression, literal: CoreExpression): CoreExpression {
  return compared(span, "=", value, literal);
}

function testAlternatives(
  ctx: Lowering,
  options: readonly Pattern[],
  value: CoreExpression,
  type: Type,
  span: Span,
  fail: Label,
): CoreStatement[] {
  const fits = label("fits");
  const attempts = options.map((option): CoreStatement => {
    const next = label("option");
    return {
      kind: "block",
      span,
      label: next,
      body: [...testPattern(ctx, option, value, type, next), { kind: "break", span, label: fits }],
    };
  });
  return [{ kind: "block", span, label: fits, body: [...attempts, { kind: "break", span, label: fail }] }];
}

function testStruct(
  ctx: Lowering,
  pattern: Extract<Pattern, { readonly kind: "structPattern" }>,
  value: CoreExpression,
  type: Type,
  fail: Label,
): CoreStatement[] {
  const { span } = pattern;
  const statements: CoreStatement[] = [];
  const known = withoutNull(type).kind === "struct";
  const declared =
    pattern.typeName === undefined ? undefined : structNamed(ctx, pattern.typeName.parts.at(-1)?.text ?? "");
  let subject = value;
  let subjectType = type;
  if (!known) {
    statements.push(
      leaveUnless(
        span,
        {
          kind: "typeIs",
          span,
          rep: "bool",
          value,
          type: declared === undefined ? { name: "struct" } : typeFormOf(declared),
        },
        fail,
      ),
    );
    subjectType = declared ?? { kind: "any" };
  } else if (mayBeNull(type)) statements.push(leaveUnless(span, nullTest(span, value, true), fail));
  if (value.rep !== "struct") {
    const local = hiddenLocal("struct", "struct");
    statements.push(setLocal(span, local, converted(value, "struct")));
    subject = readLocal(span, local);
  }
  for (const field of pattern.fields) {
    const fieldType = typeOfField(subjectType, field.name.text);
    const part = keep(statements, fieldOf(subject, subjectType, field.name.text, field.pattern.span, fieldType), span);
    statements.push(...testPattern(ctx, field.pattern, part, fieldType, fail));
  }
  return statements;
}

function structNamed(ctx: Lowering, name: string): Type | undefined {
  for (const [key, struct] of ctx.checked.structs) if (key.toLowerCase() === name.toLowerCase()) return struct;
  return undefined;
}

function typeOfField(type: Type, name: string): Type {
  const struct = withoutNull(type);
  if (struct.kind !== "struct") return { kind: "any" };
  return struct.fields.find((field) => field.name.toLowerCase() === name.toLowerCase())?.type ?? { kind: "any" };
}

// Keeps a part of the subject, so that several tests read it once.
function keep(statements: CoreStatement[], value: CoreExpression, span: Span): CoreExpression {
  const local: Local = hiddenLocal("part", value.rep);
  statements.push(setLocal(span, local, value));
  return readLocal(span, local);
}

function testList(
  ctx: Lowering,
  pattern: Extract<Pattern, { readonly kind: "listPattern" }>,
  value: CoreExpression,
  type: Type,
  fail: Label,
): CoreStatement[] {
  const { span } = pattern;
  const statements: CoreStatement[] = [];
  const listType = withoutNull(type);
  if (listType.kind !== "list")
    statements.push(leaveUnless(span, { kind: "typeIs", span, rep: "bool", value, type: { name: "list" } }, fail));
  else if (mayBeNull(type)) statements.push(leaveUnless(span, nullTest(span, value, true), fail));
  const list = value.rep === "list" ? value : keep(statements, converted(value, "list"), span);
  const length: CoreExpression = { kind: "length", span, rep: "int", value: list };
  statements.push(
    leaveUnless(
      span,
      compared(span, pattern.hasRest ? ">=" : "=", length, intValue(span, pattern.elements.length)),
      fail,
    ),
  );
  const element: Type = listType.kind === "list" ? listType.element : { kind: "any" };
  pattern.elements.forEach((part, at) => {
    const item = keep(
      statements,
      { kind: "index", span, rep: registerTypeOf(element), object: list, index: intValue(span, at), of: "list" },
      span,
    );
    statements.push(...testPattern(ctx, part, item, element, fail));
  });
  if (pattern.rest !== undefined) {
    const rest = bindLocal(ctx, declaredVariable(ctx, pattern.rest));
    statements.push(
      setLocal(span, rest, {
        kind: "slice",
        span,
        rep: "list",
        object: list,
        from: intValue(span, pattern.elements.length),
        to: undefined,
      }),
    );
  }
  return statements;
}
