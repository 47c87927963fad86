// Arms of match and of try-catch expressions, and patterns.
// A statement as an arm becomes a block of one statement.
import { InternalError } from "../../base/failure.ts";
import {
  has,
  kids,
  listOf,
  maybe,
  nameOf,
  one,
  only,
  qualifiedNameOf,
  rule,
  spanOf,
  type View,
  words,
} from "./build-node.ts";
import { buildLiteral } from "./build-literals.ts";
import type { CatchArm, Expression, MatchArm, Pattern } from "./tree/expressions.ts";
import type { Block, Statement } from "./tree/statements.ts";

/** The arms of `{ pattern => body, … }`. */
export function buildMatchBody(view: View): readonly MatchArm[] {
  return listOf(maybe(view, "MatchArms"), "MatchArm", "CommaMatchArm").map((arm) => {
    const guard = maybe(arm, "Guard");
    return {
      pattern: buildPattern(one(arm, "Pattern")),
      guard: guard === undefined ? undefined : arm.ctx.build.expression(one(guard, "HeaderExpr")),
      body: buildArmBody(one(arm, "ArmBody")),
      span: spanOf(arm),
    };
  });
}

/** The arms of `catch { Name as e => body, _ => body }`. */
export function buildCatchArms(view: View): readonly CatchArm[] {
  return listOf(maybe(view, "CatchArms"), "CatchArm", "CommaCatchArm").map((arm) => {
    const error = only(one(arm, "CatchArmError"));
    const binding = maybe(arm, "CatchAs");
    return {
      error: rule(error) === "name" ? nameOf(error) : undefined,
      binding: binding === undefined ? undefined : nameOf(one(binding, "name")),
      body: buildArmBody(one(arm, "ArmBody")),
      span: spanOf(arm),
    };
  });
}

/** An arm's body: an expression, a block, or one statement, which becomes a block of its own. */
function buildArmBody(view: View): Expression | Block {
  const inner = only(view);
  switch (rule(inner)) {
    case "BraceBlock":
      return view.ctx.build.block(inner);
    case "ArmStatement": {
      const statement: Statement = view.ctx.build.statement(only(inner));
      return { kind: "block", style: "braces", statements: [statement], span: spanOf(inner) };
    }
    default:
      return view.ctx.build.expression(inner);
  }
}

/** A pattern, alternatives included. */
export function buildPattern(view: View): Pattern {
  const options = listOf(view, "SinglePattern", "OrPattern").map((single) => buildSingle(only(single)));
  const [first] = options;
  if (first === undefined) throw new InternalError("build: an empty pattern");
  return options.length === 1 ? first : { kind: "orPattern", options, span: spanOf(view) };
}

function buildSingle(view: View): Pattern {
  const span = spanOf(view);
  switch (rule(view)) {
    case "Wildcard":
      return { kind: "wildcardPattern", span };
    case "RangePattern": {
      const [from, to] = kids(view).filter((kid) => rule(kid) === "PatternNumber");
      if (from === undefined || to === undefined) throw new InternalError("build: a range pattern without bounds");
      return { kind: "rangePattern", from: patternLiteral(only(from)), to: patternLiteral(only(to)), span };
    }
    case "LiteralPattern":
      return { kind: "literalPattern", value: patternLiteral(only(view)), span };
    case "StructPattern":
      return buildStructPattern(view);
    case "EnumPattern":
      return { kind: "enumPattern", type: nameOf(one(view, "name")), value: nameOf(one(view, "anyName")), span };
    case "ListPattern":
      return buildListPattern(view);
    case "BindingPattern":
      return { kind: "bindingPattern", name: nameOf(one(view, "name")), span };
    default:
      throw new InternalError(`build: pattern ${rule(view)}`);
  }
}

function patternLiteral(view: View): Expression {
  if (rule(view) === "CodeString") return view.ctx.build.expression(view);
  if (rule(view) === "CodeLiteral") return view.ctx.build.expression(view);
  const value = buildLiteral(one(view, "number"));
  const sign = maybe(view, "sign");
  if (sign === undefined) return value;
  return { kind: "unary", operator: words(sign) as "+" | "-", operand: value, span: spanOf(view) };
}

function buildStructPattern(view: View): Pattern {
  const typeName = maybe(view, "QualifiedObjectName");
  const fields = listOf(maybe(view, "FieldPatterns"), "FieldPattern", "CommaFieldPattern").map((field) => {
    const name = nameOf(one(field, "anyName"));
    const value = maybe(field, "FieldPatternValue");
    const pattern: Pattern =
      value === undefined ? { kind: "bindingPattern", name, span: name.span } : buildPattern(one(value, "Pattern"));
    return { name, pattern };
  });
  return {
    kind: "structPattern",
    typeName: typeName === undefined ? undefined : qualifiedNameOf(typeName),
    fields,
    span: spanOf(view),
  };
}

function buildListPattern(view: View): Pattern {
  const elements: Pattern[] = [];
  let rest: View | undefined;
  for (const part of listOf(maybe(view, "ListPatternParts"), "ListPatternPart", "CommaListPatternPart")) {
    const inner = only(part);
    if (rule(inner) === "RestPattern") rest = inner;
    else elements.push(buildPattern(inner));
  }
  const name = rest === undefined ? undefined : maybe(rest, "name");
  return {
    kind: "listPattern",
    elements,
    rest: name === undefined ? undefined : nameOf(name),
    hasRest: rest !== undefined && has(rest, "hole"),
    span: spanOf(view),
  };
}
