// Prints statements: brace style with lower-case words, keyword style with capitals, as each block was written.
// The formatter never changes one style into the other.
import type { Expression } from "../syntax/tree/expressions.ts";
import type { Block, IfStatement, LetStatement, Statement, TryStatement } from "../syntax/tree/statements.ts";
import { type FormatContext, nameText, rawLine, rawText } from "./context.ts";
import { type Doc, group, HARD_LINE, indent, join, LINE } from "./doc.ts";
import { printDeclaration } from "./print-declarations.ts";

const print = (ctx: FormatContext, node: Expression): Doc => ctx.print.expression(ctx, node);

/** A statement without its semicolon. */
export function printStatement(ctx: FormatContext, node: Statement): Doc {
  switch (node.kind) {
    case "let":
      return printLet(ctx, node);
    case "assign":
      return [
        setWord(ctx, node.span.start),
        print(ctx, node.target),
        ` ${node.operator ?? ""}=`,
        printValue(ctx, node.value),
      ];
    case "ifStatement":
      return printIf(ctx, node);
    case "while":
      return [
        label(ctx, node.label),
        word(node.body, "while "),
        print(ctx, node.condition),
        " ",
        printBody(ctx, node.body, "LOOP"),
      ];
    case "loop":
      return [label(ctx, node.label), node.body.style === "braces" ? "loop " : "", printBody(ctx, node.body, "LOOP")];
    case "for":
      return [
        label(ctx, node.label),
        word(node.body, "for "),
        forNames(ctx, node),
        word(node.body, " in "),
        print(ctx, node.source),
        " ",
        printBody(ctx, node.body, "LOOP"),
      ];
    case "forRange": {
      const step: Doc = node.step === undefined ? "" : [word(node.body, " by "), print(ctx, node.step)];
      const range: Doc = [
        node.reverse ? word(node.body, "reverse ") : "",
        print(ctx, node.from),
        "..",
        print(ctx, node.to),
        step,
      ];
      return [
        label(ctx, node.label),
        word(node.body, "for "),
        nameText(ctx, node.name),
        word(node.body, " in "),
        range,
        " ",
        printBody(ctx, node.body, "LOOP"),
      ];
    }
    case "matchStatement":
      return print(ctx, node.match);
    case "tryStatement":
      return printTry(ctx, node);
    case "blockStatement":
      return [label(ctx, node.label), printBody(ctx, node.body, "BEGIN")];
    case "transactionBlock":
      return [`${node.mode} `, printBody(ctx, node.body, "BEGIN")];
    case "then":
      return [
        ctx.print.sql(ctx, {
          ...node.query,
          thenBlock: undefined,
          span: { start: node.span.start, end: node.body.span.start },
        }),
        " THEN ",
        printBody(ctx, node.body, "BEGIN"),
      ];
    case "sql":
      return ctx.print.sql(ctx, node.statement);
    case "management":
    case "skipped":
      return rawText(ctx, node.span);
    case "hole":
      return "...";
    default:
      return printSimple(ctx, node);
  }
}

type Simple = Exclude<
  Statement,
  {
    kind:
      | "let"
      | "assign"
      | "ifStatement"
      | "while"
      | "loop"
      | "for"
      | "forRange"
      | "matchStatement"
      | "tryStatement"
      | "blockStatement"
      | "transactionBlock"
      | "then"
      | "sql"
      | "management"
      | "skipped"
      | "hole";
  }
>;

function printSimple(ctx: FormatContext, node: Simple): Doc {
  const upper = /^[A-Z]{2}/.test(rawText(ctx, node.span));
  const keyword = (text: string): string => (upper ? text.toUpperCase() : text);
  switch (node.kind) {
    case "break":
    case "continue": {
      const written = keyword(
        node.kind === "continue"
          ? "continue"
          : rawText(ctx, node.span).slice(0, 4).toLowerCase() === "exit"
            ? "exit"
            : "break",
      );
      return [
        written,
        node.label === undefined ? "" : ` ${nameText(ctx, node.label)}`,
        node.condition === undefined ? "" : [keyword(" when "), print(ctx, node.condition)],
      ];
    }
    case "return":
      return node.value === undefined ? keyword("return") : [keyword("return"), printValue(ctx, node.value)];
    case "skip":
      return keyword("skip");
    case "yield":
      return [
        /^yield/i.test(rawText(ctx, node.span))
          ? keyword("yield")
          : keyword(node.query ? "return query" : "return next"),
        printValue(ctx, node.value),
      ];
    case "emit":
      return [keyword("emit"), printValue(ctx, node.value)];
    case "callStatement":
      return [keyword("call "), print(ctx, node.call)];
    case "expressionStatement":
      return print(ctx, node.value);
    case "raise": {
      const verb = /^throw/i.test(rawText(ctx, node.span)) ? "throw" : "raise";
      return node.value === undefined ? keyword(verb) : [keyword(`${verb} `), print(ctx, node.value)];
    }
    case "assert":
      return [
        keyword("assert "),
        print(ctx, node.condition),
        node.message === undefined ? "" : [", ", print(ctx, node.message)],
      ];
    case "execute":
      return printExecute(ctx, node, keyword);
    case "print":
      return [keyword("print"), printValue(ctx, node.value)];
    case "open":
      return [keyword("open "), nameText(ctx, node.cursor)];
    case "close":
      return [keyword("close "), nameText(ctx, node.cursor)];
    case "fetch":
      return [
        keyword("fetch "),
        nameText(ctx, node.cursor),
        keyword(" into "),
        join(
          ", ",
          node.into.map((target) => print(ctx, target)),
        ),
      ];
    default:
      return printDeclaration(ctx, node);
  }
}

function printExecute(
  ctx: FormatContext,
  node: Extract<Statement, { kind: "execute" }>,
  keyword: (text: string) => string,
): Doc {
  const using = node.using.map(
    (argument): Doc => [
      argument.name === undefined ? "" : `${nameText(ctx, argument.name)} = `,
      print(ctx, argument.value),
    ],
  );
  return [
    keyword("execute "),
    print(ctx, node.text),
    using.length === 0 ? "" : [keyword(" using "), join(", ", using)],
    node.into.length === 0
      ? ""
      : [
          keyword(" into "),
          join(
            ", ",
            node.into.map((target) => print(ctx, target)),
          ),
        ],
  ];
}

/** A value after `=` or `return`: a query that does not fit begins on the next line, further to the right. */
function printValue(ctx: FormatContext, node: Expression): Doc {
  const value = print(ctx, node);
  return node.kind === "query" && ctx.text.charAt(ctx.base + node.span.start) !== "("
    ? group(indent([LINE, value]))
    : [" ", value];
}

function setWord(ctx: FormatContext, start: number): string {
  const written = /^set\s/i.exec(ctx.text.slice(ctx.base + start, ctx.base + start + 4));
  return written === null ? "" : "SET ";
}

function label(ctx: FormatContext, name: { span: Expression["span"] } | undefined): string {
  return name === undefined ? "" : `${rawText(ctx, name.span)}: `;
}

/** A word in the case of its block's style. */
function word(body: Block, text: string): string {
  return body.style === "keywords" ? text.toUpperCase() : text;
}

function forNames(ctx: FormatContext, node: Extract<Statement, { kind: "for" }>): string {
  const names = node.names.map((name) => nameText(ctx, name)).join(", ");
  return node.names.length > 1 ? `(${names})` : names;
}

/** The statements of a block between its marks; `opener` is the word of keyword style. */
export function printBody(ctx: FormatContext, block: Block, opener: "LOOP" | "BEGIN"): Doc {
  const body = ctx.print.block(ctx, block);
  if (block.style === "braces") return body === "" ? "{ }" : ["{", indent([HARD_LINE, body]), HARD_LINE, "}"];
  return [opener, indent([HARD_LINE, body]), HARD_LINE, opener === "LOOP" ? "END LOOP" : "END"];
}

function printLet(ctx: FormatContext, node: LetStatement): Doc {
  const { target, form } = node;
  if (form === "declare") return printDeclare(ctx, node);
  const name =
    target.kind === "single"
      ? nameText(ctx, target.name)
      : `{${target.fields.map((field) => (field.field === field.name ? nameText(ctx, field.name) : `${nameText(ctx, field.field)}: ${nameText(ctx, field.name)}`)).join(", ")}}`;
  const type: Doc = node.type === undefined ? "" : [": ", ctx.print.type(ctx, node.type)];
  return [form, " ", name, type, node.value === undefined ? "" : [" =", printValue(ctx, node.value)]];
}

function printDeclare(ctx: FormatContext, node: LetStatement): Doc {
  const name = node.target.kind === "single" ? nameText(ctx, node.target.name) : "";
  if (
    node.value?.kind === "cursor" &&
    /\bcursor\s+for\b/i.test(rawLine(ctx, { start: node.span.start, end: node.value.query.span.start }))
  ) {
    return ["DECLARE ", name, " CURSOR FOR ", ctx.print.sql(ctx, node.value.query)];
  }
  const type: Doc = node.type === undefined ? "" : [" ", ctx.print.type(ctx, node.type)];
  return ["DECLARE ", name, type, node.value === undefined ? "" : [" =", printValue(ctx, node.value)]];
}

function printIf(ctx: FormatContext, node: IfStatement): Doc {
  const keywords = node.branches[0]?.body.style === "keywords";
  const parts = node.branches.map((branch, i): Doc => {
    const body = ctx.print.block(ctx, branch.body);
    const condition = print(ctx, branch.condition);
    if (keywords)
      return [i === 0 ? "IF " : "ELSIF ", condition, " THEN", body === "" ? "" : indent([HARD_LINE, body]), HARD_LINE];
    return [
      i === 0 ? "if " : " else if ",
      condition,
      " {",
      body === "" ? " }" : [indent([HARD_LINE, body]), HARD_LINE, "}"],
    ];
  });
  if (node.otherwise !== undefined) {
    const body = ctx.print.block(ctx, node.otherwise);
    parts.push(
      keywords
        ? ["ELSE", body === "" ? "" : indent([HARD_LINE, body]), HARD_LINE]
        : [" else {", body === "" ? " }" : [indent([HARD_LINE, body]), HARD_LINE, "}"]],
    );
  }
  return [...parts, keywords ? "END IF" : ""];
}

function printTry(ctx: FormatContext, node: TryStatement): Doc {
  if (node.expectRaises === true) return printExpectRaises(ctx, node);
  const keywords = node.body.style === "keywords";
  const block = (body: Block): Doc => {
    const printed = ctx.print.block(ctx, body);
    if (keywords) return [printed === "" ? "" : indent([HARD_LINE, printed]), HARD_LINE];
    return printed === "" ? "{ }" : ["{", indent([HARD_LINE, printed]), HARD_LINE, "}"];
  };
  const parts: Doc[] = [keywords ? ["TRY", block(node.body)] : ["try ", block(node.body)]];
  for (const clause of node.catches) {
    const names = [clause.error, clause.binding]
      .flatMap((name) => (name === undefined ? [] : [nameText(ctx, name)]))
      .join(keywords ? " AS " : " as ");
    const head = names === "" ? "" : ` (${names})`;
    parts.push(keywords ? [`CATCH${head}`, block(clause.body)] : [` catch${head} `, block(clause.body)]);
  }
  if (node.finally !== undefined)
    parts.push(keywords ? ["FINALLY", block(node.finally)] : [" finally ", block(node.finally)]);
  return [...parts, keywords ? "END" : ""];
}

function printExpectRaises(ctx: FormatContext, node: TryStatement): Doc {
  const errors = node.catches
    .flatMap((clause) => (clause.error === undefined ? [] : [nameText(ctx, clause.error)]))
    .join(", ");
  // The last statement was added by the parser.
  const written: Block = { ...node.body, statements: node.body.statements.slice(0, -1) };
  return group([`expect raises ${errors} `, printBody(ctx, written, "BEGIN")]);
}
