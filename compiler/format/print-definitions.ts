// Prints DDL and statements of sessions. Columns and constraints keep their words as written, on one line each.
// Only leading keywords are put in capitals; names keep their case.
import { assertNever } from "../../base/failure.ts";
import type { Span } from "../../base/source.ts";
import type {
  CreateNativeTrigger,
  CreateTable,
  Delete,
  Insert,
  Merge,
  Select,
  SqlStatement,
  Update,
} from "../syntax/tree/sql.ts";
import type { Statement } from "../syntax/tree/statements.ts";
import { brokenIn, type FormatContext, nameText, qualifiedText, rawLine, rawText } from "./context.ts";
import { type Doc, group, HARD_LINE, indent, join, LINE, SOFT_LINE } from "./doc.ts";

type Definition = Exclude<SqlStatement, Select | Insert | Update | Delete | Merge>;

/** A definition or statement of sessions. */
export function printDefinition(ctx: FormatContext, node: Definition): Doc {
  switch (node.kind) {
    case "createTable":
      return printTable(ctx, node);
    case "createView": {
      const columns =
        node.columns.length === 0 ? "" : ` (${node.columns.map((column) => nameText(ctx, column)).join(", ")})`;
      const head = `CREATE ${node.orReplace ? "OR REPLACE " : ""}${node.temporary ? "TEMP " : ""}VIEW ${node.ifNotExists ? "IF NOT EXISTS " : ""}${qualifiedText(ctx, node.name)}${columns} AS`;
      return group([head, LINE, ctx.print.sql(ctx, node.query)]);
    }
    case "createNativeTrigger":
      return printTrigger(ctx, node);
    case "explain":
      return [
        EXPLAIN[node.what],
        "kind" in node.target && isSql(node.target)
          ? ctx.print.sql(ctx, node.target)
          : ctx.print.statement(ctx, node.target as Statement),
      ];
    case "createIndex":
    case "createVirtualTable":
    case "alterTable":
    case "drop":
    case "pragma":
    case "maintenance":
    case "transactionControl":
      return withUpperHead(rawLine(ctx, node.span));
    default:
      return assertNever(node, "printDefinition");
  }
}

const EXPLAIN = {
  opcodes: "EXPLAIN ",
  "query plan": "EXPLAIN QUERY PLAN ",
  effects: "EXPLAIN EFFECTS ",
  bytecode: "EXPLAIN BYTECODE ",
  plan: "EXPLAIN PLAN ",
  triggers: "EXPLAIN TRIGGERS FOR ",
} as const;

const SQL_KINDS: ReadonlySet<string> = new Set([
  "select",
  "insert",
  "update",
  "delete",
  "merge",
  "createTable",
  "createIndex",
  "createView",
  "drop",
  "alterTable",
  "pragma",
]);

function isSql(node: SqlStatement | Statement): node is SqlStatement {
  return SQL_KINDS.has(node.kind);
}

const HEAD_WORDS =
  /^(?:(?:create|unique|index|virtual|table|alter|drop|view|if|not|exists|pragma|analyze|reindex|vacuum|begin|commit|rollback|savepoint|release|transaction|deferred|immediate|exclusive|to|end)\b\s*)+/i;

/** The leading keywords in capitals; names keep their case. */
function withUpperHead(text: string): string {
  return text.replace(HEAD_WORDS, (words) => words.toUpperCase());
}

function printTable(ctx: FormatContext, node: CreateTable): Doc {
  const head = `CREATE ${node.temporary ? "TEMP " : ""}TABLE ${node.ifNotExists ? "IF NOT EXISTS " : ""}${qualifiedText(ctx, node.name)}`;
  if (node.as !== undefined) return group([head, " AS", LINE, ctx.print.sql(ctx, node.as)]);
  const elements = [...node.columns, ...node.constraints].sort((a, b) => a.span.start - b.span.start);
  const [first] = elements;
  const last = elements.at(-1);
  // A hole among the columns has no node; then the text stays as it is.
  if (first === undefined || last === undefined || rawText(ctx, node.span).includes("..."))
    return rawText(ctx, node.span);
  const options = node.options.length === 0 ? "" : ` ${node.options.map((option) => option.toUpperCase()).join(", ")}`;
  const broken = brokenIn(ctx, node.span.start, first.span.start) || brokenIn(ctx, first.span.start, last.span.end);
  return group(
    [
      head,
      " (",
      indent([
        SOFT_LINE,
        join(
          [",", LINE],
          elements.map((element) => rawLine(ctx, element.span)),
        ),
      ]),
      SOFT_LINE,
      ")",
      options,
    ],
    broken,
  );
}

function printTrigger(ctx: FormatContext, node: CreateNativeTrigger): Doc {
  const [first] = node.body;
  if (first === undefined) return rawText(ctx, node.span);
  const headSpan: Span = { start: node.span.start, end: first.span.start };
  const head = rawLine(ctx, headSpan)
    .trim()
    .replace(/\s*begin$/i, "");
  return [
    withUpperHead(head),
    " BEGIN",
    indent(node.body.map((statement): Doc => [HARD_LINE, ctx.print.sql(ctx, statement), ";"])),
    HARD_LINE,
    "END",
  ];
}
