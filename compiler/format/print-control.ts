// Prints expressions with branches: case, if, match, try, comprehensions; and patterns.
// Branches stay on one line only where the author had them so and they fit.
import { assertNever } from "../../base/failure.ts";
import type {
  CaseExpression,
  CatchArm,
  ComprehensionExpression,
  Expression,
  IfExpression,
  MatchArm,
  MatchExpression,
  Pattern,
  TryExpression,
} from "../syntax/tree/expressions.ts";
import type { Block } from "../syntax/tree/statements.ts";
import { brokenIn, type FormatContext, nameText, qualifiedText, rawText } from "./context.ts";
import { type Doc, group, HARD_LINE, indent, join, LINE } from "./doc.ts";
import { printOrderTerms } from "./print-windows.ts";

type Control = CaseExpression | IfExpression | MatchExpression | TryExpression | ComprehensionExpression;

/** An expression with branches. */
export function printControl(ctx: FormatContext, node: Control): Doc {
  const print = (inner: Expression): Doc => ctx.print.expression(ctx, inner);
  switch (node.kind) {
    case "case":
      return printCase(ctx, node);
    case "if":
      return printIf(ctx, node);
    case "match":
      return printMatch(ctx, node);
    case "try":
      return [
        "try ",
        print(node.value),
        " catch ",
        node.fallback === undefined ? printArms(ctx, node.arms, printCatchArm, node.span) : print(node.fallback),
      ];
    case "comprehension":
      return printComprehension(ctx, node);
    default:
      return assertNever(node, "printControl");
  }
}

function printCase(ctx: FormatContext, node: CaseExpression): Doc {
  const print = (inner: Expression): Doc => ctx.print.expression(ctx, inner);
  const upper = ctx.sql || rawText(ctx, node.span).startsWith("CASE");
  const word = (text: string): string => (upper ? text.toUpperCase() : text);
  const branches = node.branches.map(
    (branch): Doc => [LINE, word("when "), print(branch.when), word(" then "), print(branch.then)],
  );
  const otherwise: Doc = node.otherwise === undefined ? "" : [LINE, word("else "), print(node.otherwise)];
  const subject: Doc = node.subject === undefined ? "" : [" ", print(node.subject)];
  return group(
    [word("case"), subject, indent([branches, otherwise]), LINE, word("end")],
    brokenIn(ctx, node.span.start, node.span.end),
  );
}

function printIf(ctx: FormatContext, node: IfExpression): Doc {
  const print = (inner: Expression): Doc => ctx.print.expression(ctx, inner);
  const between = rawText(ctx, { start: node.condition.span.end, end: node.then.span.start });
  if (/then/i.test(between))
    return group([
      "if ",
      print(node.condition),
      " then ",
      print(node.then),
      indent([LINE, "else ", print(node.otherwise)]),
    ]);
  const nested =
    node.otherwise.kind === "if" &&
    !/\{/.test(rawText(ctx, { start: node.then.span.end, end: node.otherwise.span.start }));
  return [
    "if ",
    print(node.condition),
    " { ",
    print(node.then),
    " } else ",
    nested ? print(node.otherwise) : ["{ ", print(node.otherwise), " }"],
  ];
}

function printMatch(ctx: FormatContext, node: MatchExpression): Doc {
  const subject = ctx.print.expression(ctx, node.subject);
  const postfix = node.subject.span.start === node.span.start;
  return [
    postfix ? [subject, " match "] : ["match ", subject, " "],
    printArms(ctx, node.arms, ctx.print.arm, node.span),
  ];
}

/** Arms in braces; on one line only when they fit and the author had them so. */
function printArms<T>(
  ctx: FormatContext,
  arms: readonly T[],
  print: (ctx: FormatContext, arm: T) => Doc,
  span: Expression["span"],
): Doc {
  if (arms.length === 0) return "{ }";
  return group(
    [
      "{",
      indent([
        LINE,
        join(
          [",", LINE],
          arms.map((arm) => print(ctx, arm)),
        ),
      ]),
      LINE,
      "}",
    ],
    brokenIn(ctx, span.start, span.end),
  );
}

/** One arm of match. */
export function printMatchArm(ctx: FormatContext, arm: MatchArm): Doc {
  const guard: Doc = arm.guard === undefined ? "" : [" if ", ctx.print.expression(ctx, arm.guard)];
  return [printPattern(ctx, arm.pattern), guard, " => ", printArmBody(ctx, arm.body)];
}

function printCatchArm(ctx: FormatContext, arm: CatchArm): Doc {
  const error = arm.error === undefined ? "_" : nameText(ctx, arm.error);
  return [
    error,
    arm.binding === undefined ? "" : ` as ${nameText(ctx, arm.binding)}`,
    " => ",
    printArmBody(ctx, arm.body),
  ];
}

function printArmBody(ctx: FormatContext, body: Expression | Block): Doc {
  if (!("style" in body)) return ctx.print.expression(ctx, body);
  const [statement] = body.statements;
  // A statement without braces became a block of its own span.
  if (statement !== undefined && ctx.text.charAt(ctx.base + body.span.start) !== "{")
    return ctx.print.statement(ctx, statement);
  return printBraceBody(ctx, body);
}

/** `{ … }` with its statements on lines of their own. */
export function printBraceBody(ctx: FormatContext, block: Block): Doc {
  const body = ctx.print.block(ctx, block);
  return body === "" ? "{ }" : ["{", indent([HARD_LINE, body]), HARD_LINE, "}"];
}

/** A pattern. */
export function printPattern(ctx: FormatContext, node: Pattern): Doc {
  switch (node.kind) {
    case "wildcardPattern":
      return "_";
    case "literalPattern":
      return ctx.print.expression(ctx, node.value);
    case "rangePattern":
      return [ctx.print.expression(ctx, node.from), "..", ctx.print.expression(ctx, node.to)];
    case "bindingPattern":
      return nameText(ctx, node.name);
    case "enumPattern":
      return `${nameText(ctx, node.type)}.${nameText(ctx, node.value)}`;
    case "structPattern": {
      const fields = node.fields.map((field): Doc => {
        const short = field.pattern.kind === "bindingPattern" && field.pattern.span.start === field.name.span.start;
        return short ? nameText(ctx, field.name) : [nameText(ctx, field.name), ": ", printPattern(ctx, field.pattern)];
      });
      return [node.typeName === undefined ? "" : `${qualifiedText(ctx, node.typeName)} `, "{", join(", ", fields), "}"];
    }
    case "listPattern": {
      const elements = node.elements.map((element) => printPattern(ctx, element));
      if (node.hasRest) elements.push(`...${node.rest === undefined ? "" : nameText(ctx, node.rest)}`);
      return ["[", join(", ", elements), "]"];
    }
    case "orPattern":
      return join(
        " | ",
        node.options.map((option) => printPattern(ctx, option)),
      );
    default:
      return assertNever(node, "printPattern");
  }
}

function printComprehension(ctx: FormatContext, node: ComprehensionExpression): Doc {
  const print = (inner: Expression): Doc => ctx.print.expression(ctx, inner);
  const clauses = node.clauses.map((clause): Doc => {
    switch (clause.kind) {
      case "fromClause":
        return ["FROM ", nameText(ctx, clause.name), " IN ", ctx.print.expression(ctx, clause.source as Expression)];
      case "whereClause":
        return ["WHERE ", print(clause.condition)];
      case "letClause":
        return ["LET ", nameText(ctx, clause.name), " = ", print(clause.value)];
      case "orderClause":
        return ["ORDER BY ", printOrderTerms(ctx, clause.terms)];
      default:
        return assertNever(clause, "printComprehension");
    }
  });
  return group(
    join(LINE, [...clauses, ["SELECT ", print(node.result)]]),
    brokenIn(ctx, node.span.start, node.span.end),
  );
}
