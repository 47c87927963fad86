// Prints expressions of code and SQL. Parentheses are nodes of the tree, so what was written decides them; nothing is added.
// Literals and names are printed from the source.
import { assertNever } from "../../base/failure.ts";
import type {
  BinaryExpression,
  CallExpression,
  Expression,
  LambdaExpression,
  ObjectLiteral,
  PipeExpression,
} from "../syntax/tree/expressions.ts";
import { brokenAfterOpen, brokenIn, type FormatContext, nameText, qualifiedText, rawLine, rawText } from "./context.ts";
import { type Doc, group, indent, join, LINE, SOFT_LINE } from "./doc.ts";
import { printBraceBody, printControl } from "./print-control.ts";
import { printOrderTerms, printWindow } from "./print-windows.ts";

/** An expression. */
export function printExpression(ctx: FormatContext, node: Expression): Doc {
  const print = (inner: Expression): Doc => printExpression(ctx, inner);
  switch (node.kind) {
    case "number":
    case "string":
    case "template":
    case "bytes":
    case "boolean":
    case "null":
    case "parameter":
    case "skipped":
    case "raiseFunction":
      return literalText(ctx, node);
    case "hole":
      return "...";
    case "temporal":
      return node.text === undefined
        ? rawText(ctx, node.span).toUpperCase()
        : rawText(ctx, node.span).replace(/^\w+\s*/, (word) => `${word.trim().toUpperCase()} `);
    case "name":
      return nameText(ctx, node.name);
    case "member":
      return [print(node.object), ".", nameText(ctx, node.name)];
    case "index":
      return [print(node.object), "[", print(node.index), "]"];
    case "slice":
      return [
        print(node.object),
        "[",
        node.from === undefined ? "" : print(node.from),
        ":",
        node.to === undefined ? "" : print(node.to),
        "]",
      ];
    case "list":
      return brackets("[", node.elements.map(print), "]", brokenAfterOpen(ctx, node.span.start));
    case "row":
      return brackets("(", node.items.map(print), ")", brokenAfterOpen(ctx, node.span.start));
    case "parenthesized":
      return group(["(", indent([SOFT_LINE, print(node.inner)]), SOFT_LINE, ")"]);
    case "object":
      return printObject(ctx, node);
    case "call":
      return printCall(ctx, node);
    case "unary":
      return [
        node.operator === "not" ? notWord(ctx, node.span.start) : node.operator,
        unaryGap(node.operator, node.operand),
        print(node.operand),
      ];
    case "binary":
      return printBinary(ctx, node);
    case "pipe":
      return printPipe(ctx, node);
    case "lambda":
      return printLambda(ctx, node);
    case "range":
      return [print(node.from), "..", print(node.to)];
    case "query":
      return printQuery(ctx, node.span.start, ctx.print.sql(ctx, node.query));
    case "exists":
      return group([
        ctx.sql ? "EXISTS (" : "exists (",
        indent([SOFT_LINE, ctx.print.sql(ctx, node.query)]),
        SOFT_LINE,
        ")",
      ]);
    case "executeText":
      return [
        "execute ",
        print(node.text),
        node.using.length === 0 ? "" : " using ",
        join(
          ", ",
          node.using.map((each) =>
            each.name === undefined ? print(each.value) : [nameText(ctx, each.name), " = ", print(each.value)],
          ),
        ),
      ];
    case "fetchNext":
      return ["fetch ", nameText(ctx, node.cursor), " into ", join(", ", node.into.map(print))];
    case "cursor":
      return ["cursor ", ctx.print.sql(ctx, node.query)];
    case "cast":
      if (node.form === "function") return ["CAST(", print(node.value), " AS ", ctx.print.type(ctx, node.type), ")"];
      return [print(node.value), node.form === "colons" ? " :: " : " as ", ctx.print.type(ctx, node.type)];
    case "between":
    case "in":
    case "like":
    case "is":
    case "collate":
      return printTest(ctx, node);
    case "typeOf":
      return ["@TypeOf(", print(node.value), ")"];
    case "async":
      return ["async ", node.detached ? "detached " : "", print(node.call)];
    case "await":
      return ["await ", node.mode === "one" ? "" : `${node.mode} `, print(node.value)];
    case "case":
    case "if":
    case "match":
    case "try":
    case "comprehension":
      return printControl(ctx, node);
    default:
      return assertNever(node, "printExpression");
  }
}

/** What is kept as written: strings may hold line ends, numbers have their own form. */
function literalText(ctx: FormatContext, node: Expression): string {
  const text = rawText(ctx, node.span);
  return node.kind === "boolean" || node.kind === "null" ? text.toLowerCase() : text;
}

/** A query in parentheses (a scalar subquery of SQL) has them in its own span; elsewhere they are a node. */
function printQuery(ctx: FormatContext, start: number, query: Doc): Doc {
  if (ctx.text.charAt(ctx.base + start) !== "(") return query;
  return group(["(", indent([SOFT_LINE, query]), SOFT_LINE, ")"]);
}

/** Elements between brackets, on one line or one below the other. */
export function brackets(open: string, elements: readonly Doc[], close: string, broken: boolean): Doc {
  if (elements.length === 0) return `${open}${close}`;
  return group([open, indent([SOFT_LINE, join([",", LINE], elements)]), SOFT_LINE, close], broken);
}

function notWord(ctx: FormatContext, start: number): string {
  const written = ctx.text.slice(ctx.base + start, ctx.base + start + 3);
  return written.startsWith("!") ? "!" : written === "NOT" || ctx.sql ? "NOT " : "not ";
}

/** `- -a` must not become a comment, nor `- - a` a blank less. */
function unaryGap(operator: string, operand: Expression): string {
  return operator !== "not" && operand.kind === "unary" && operand.operator !== "not" ? " " : "";
}

function printObject(ctx: FormatContext, node: ObjectLiteral): Doc {
  const fields: Doc[] = node.fields.map((field) => {
    const key = nameText(ctx, field.name);
    const short = field.value.kind === "name" && field.value.span.start === field.name.span.start;
    return short ? key : [key, ": ", printExpression(ctx, field.value)];
  });
  if (node.hasHole) fields.push("...");
  const written = rawText(ctx, node.span);
  const brace = node.span.start + written.indexOf("{");
  const prefix =
    node.typeName === undefined
      ? ""
      : `${/^type\s/i.test(written) ? "type struct as " : ""}${qualifiedText(ctx, node.typeName)} `;
  return [prefix, brackets("{", fields, "}", brokenAfterOpen(ctx, brace))];
}

/** EXTRACT(year FROM t): the words between the arguments stay, in capitals. */
function printStandardCall(ctx: FormatContext, node: CallExpression): Doc {
  const values = node.arguments
    .map((argument) => argument.value)
    .filter((value) => value.span.end > value.span.start)
    .sort((left, right) => left.span.start - right.span.start);
  const parts: Doc[] = [];
  let at = node.span.start;
  const wordsUpTo = (end: number): string => rawLine(ctx, { start: at, end }).toUpperCase();
  for (const value of values) {
    parts.push(wordsUpTo(value.span.start).replace("( ", "("), printExpression(ctx, value));
    at = value.span.end;
  }
  return group([...parts, wordsUpTo(node.span.end).trim()]);
}

function printCall(ctx: FormatContext, node: CallExpression): Doc {
  if (node.standard) return printStandardCall(ctx, node);
  const args = node.arguments.map((argument): Doc => {
    const value = printExpression(ctx, argument.value);
    return argument.name === undefined ? value : [nameText(ctx, argument.name), ": ", value];
  });
  const [first] = args;
  const quantifier = node.distinct ? "DISTINCT " : "";
  const list = node.star ? ["*"] : first === undefined ? [] : [[quantifier, first], ...args.slice(1)];
  const order: Doc = node.orderBy.length === 0 ? "" : [LINE, "ORDER BY ", printOrderTerms(ctx, node.orderBy)];
  const callee = [printExpression(ctx, node.callee), node.version === undefined ? "" : `@${node.version}`];
  const last = node.arguments.at(-1)?.value;
  // A block at the end of a call keeps its call on one line: f(xs, x => { … }).
  const hugged = last?.kind === "lambda" && "style" in last.body;
  const body: Doc = hugged
    ? ["(", join(", ", list), ")"]
    : list.length === 0
      ? "()"
      : group(["(", indent([SOFT_LINE, join([",", LINE], list), order]), SOFT_LINE, ")"]);
  const filter: Doc = node.filter === undefined ? "" : [" FILTER (WHERE ", printExpression(ctx, node.filter), ")"];
  const over: Doc =
    node.over === undefined
      ? ""
      : [" OVER ", "quote" in node.over ? nameText(ctx, node.over) : printWindow(ctx, node.over)];
  return [callee, body, filter, over];
}

const CHAINED: Readonly<Record<string, string>> = { and: "logic", or: "logic", "+": "sum", "-": "sum", "||": "concat" };

/** A chain of one kind breaks before each operator. */
function printBinary(ctx: FormatContext, node: BinaryExpression): Doc {
  const chain = CHAINED[node.operator];
  const rest: Doc[] = [];
  let left: Expression = node;
  while (left.kind === "binary" && (left === node || (chain !== undefined && CHAINED[left.operator] === chain))) {
    rest.unshift([LINE, operatorText(ctx, left), " ", printExpression(ctx, left.right)]);
    left = left.left;
  }
  return group([printExpression(ctx, left), indent(rest)]);
}

function operatorText(ctx: FormatContext, node: BinaryExpression): string {
  const written = rawText(ctx, node.operatorSpan);
  if (written === "<>") return "!=";
  if (written === "&&") return "and";
  return ctx.sql ? written.toUpperCase() : written;
}

function printPipe(ctx: FormatContext, node: PipeExpression): Doc {
  const steps: Doc[] = [];
  let left: Expression = node;
  let firstStep = node.span.end;
  while (left.kind === "pipe") {
    steps.unshift([LINE, "|> ", printExpression(ctx, left.right)]);
    firstStep = left.right.span.start;
    left = left.left;
  }
  return group([printExpression(ctx, left), indent(steps)], brokenIn(ctx, left.span.end, firstStep));
}

function printLambda(ctx: FormatContext, node: LambdaExpression): Doc {
  const parameters = node.parameters.map(
    (parameter): Doc =>
      parameter.type === undefined
        ? nameText(ctx, parameter.name)
        : [nameText(ctx, parameter.name), ": ", ctx.print.type(ctx, parameter.type)],
  );
  const [only] = node.parameters;
  const bare = node.parameters.length === 1 && only?.type === undefined;
  const body = "style" in node.body ? printBraceBody(ctx, node.body) : printExpression(ctx, node.body);
  return [bare ? (parameters[0] ?? "()") : ["(", join(", ", parameters), ")"], " => ", body];
}

type Test = Extract<Expression, { kind: "between" | "in" | "like" | "is" | "collate" }>;

/** Comparisons by words. The word's case follows the author's. */
function printTest(ctx: FormatContext, node: Test): Doc {
  const value = printExpression(ctx, node.value);
  const after = node.value.span.end;
  const next =
    "right" in node
      ? node.right
      : "set" in node
        ? node.set
        : "low" in node
          ? node.low
          : "pattern" in node
            ? node.pattern
            : undefined;
  const upper =
    ctx.sql ||
    /[A-Z]/.test(
      rawText(ctx, { start: after, end: next === undefined ? node.span.end : Math.max(next.span.start, after + 3) }),
    );
  const word = (text: string): string => (upper ? text.toUpperCase() : text);
  const not = node.kind !== "collate" && node.not ? word("not ") : "";
  switch (node.kind) {
    case "between":
      return [
        value,
        " ",
        not,
        word("between "),
        printExpression(ctx, node.low),
        word(" and "),
        printExpression(ctx, node.high),
      ];
    case "in":
      return [value, " ", not, word("in "), printInSet(ctx, node.set)];
    case "like":
      return [
        value,
        " ",
        not,
        word(`${node.operator} `),
        printExpression(ctx, node.pattern),
        node.escape === undefined ? "" : [word(" escape "), printExpression(ctx, node.escape)],
      ];
    case "is":
      return [value, word(" is "), not, isRight(ctx, node.right, upper)];
    case "collate":
      return [value, " COLLATE ", nameText(ctx, node.collation)];
    default:
      return assertNever(node, "printTest");
  }
}

function isRight(ctx: FormatContext, right: Expression, upper: boolean): Doc {
  if (right.kind === "null") return upper ? "NULL" : "null";
  return printExpression(ctx, right);
}

function printInSet(ctx: FormatContext, set: Expression): Doc {
  // `x IN {name}` is a table named by a variable.
  const before = ctx.text.slice(Math.max(ctx.base + set.span.start - 2, 0), ctx.base + set.span.start);
  const braced = /\{\s?$/.test(before);
  return braced ? ["{", printExpression(ctx, set), "}"] : printExpression(ctx, set);
}
