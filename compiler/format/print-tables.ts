// Prints what stands in table position: references, joins, subqueries, and the targets of changes.
// Whether AS stands before an alias is left to the author.
import { assertNever } from "../../base/failure.ts";
import type { Name } from "../syntax/tree/common.ts";
import type { Join, TableExpression, TargetTable } from "../syntax/tree/sql.ts";
import { type FormatContext, nameText, qualifiedText, rawText } from "./context.ts";
import { type Doc, group, indent, join, SOFT_LINE } from "./doc.ts";

/** An alias with the blank before it, or nothing. */
export function alias(ctx: FormatContext, name: Name | undefined, explicit: boolean): Doc {
  return name === undefined ? "" : [explicit ? " AS " : " ", nameText(ctx, name)];
}

/** True when AS stands before the alias. */
function hasAs(ctx: FormatContext, name: Name | undefined): boolean {
  if (name === undefined) return false;
  return /\bas\s+$/i.test(ctx.text.slice(Math.max(ctx.base + name.span.start - 40, 0), ctx.base + name.span.start));
}

/** A FROM clause: the first table, then each join on a line of its own. */
export function fromParts(ctx: FormatContext, node: TableExpression, head: string): readonly Doc[] {
  if (node.kind !== "join") return [[head, printTable(ctx, node)]];
  const left = fromParts(ctx, node.left, head);
  const right = printTable(ctx, node.right);
  if (node.type === "comma") {
    const last = left.at(-1) ?? "";
    return [...left.slice(0, -1), [last, ", ", right]];
  }
  const on: Doc = node.on === undefined ? "" : [" ON ", ctx.print.expression(ctx, node.on)];
  const using: Doc =
    node.using.length === 0 ? "" : [" USING ", `(${node.using.map((name) => nameText(ctx, name)).join(", ")})`];
  return [...left, [joinWords(ctx, node), " ", right, on, using]];
}

function joinWords(ctx: FormatContext, node: Join): string {
  const inner = /\binner\b/i.test(rawText(ctx, { start: node.left.span.end, end: node.right.span.start }));
  const type = node.type === "inner" || node.type === "comma" ? (inner ? "INNER " : "") : `${node.type.toUpperCase()} `;
  return `${node.natural ? "NATURAL " : ""}${type}JOIN`;
}

/** What stands after FROM. */
export function printTable(ctx: FormatContext, node: TableExpression): Doc {
  switch (node.kind) {
    case "table":
      return [qualifiedText(ctx, node.name), alias(ctx, node.alias, hasAs(ctx, node.alias)), hint(ctx, node.indexedBy)];
    case "tableCall":
      return [ctx.print.expression(ctx, node.call), alias(ctx, node.alias, hasAs(ctx, node.alias))];
    case "subquery":
      return [
        node.lateral ? "LATERAL " : "",
        group(["(", indent([SOFT_LINE, ctx.print.sql(ctx, node.query)]), SOFT_LINE, ")"]),
        alias(ctx, node.alias, hasAs(ctx, node.alias)),
      ];
    case "tableValue":
      return [
        "{",
        ctx.print.expression({ ...ctx, sql: false }, node.value),
        "}",
        alias(ctx, node.alias, hasAs(ctx, node.alias)),
      ];
    case "parenthesizedTable":
      return ["(", join(" ", fromParts(ctx, node.inner, "")), ")", alias(ctx, node.alias, hasAs(ctx, node.alias))];
    case "join":
      return join(" ", fromParts(ctx, node, ""));
    case "hole":
      return "...";
    default:
      return assertNever(node, "printTable");
  }
}

function hint(ctx: FormatContext, indexedBy: Name | false | undefined): Doc {
  if (indexedBy === undefined) return "";
  return indexedBy === false ? " NOT INDEXED" : [" INDEXED BY ", nameText(ctx, indexedBy)];
}

/** The table that INSERT, UPDATE, DELETE or MERGE changes. */
export function printTarget(ctx: FormatContext, node: TargetTable): Doc {
  const table: Doc =
    node.name === undefined
      ? ["{", node.value === undefined ? "" : ctx.print.expression(ctx, node.value), "}"]
      : qualifiedText(ctx, node.name);
  return [table, alias(ctx, node.alias, hasAs(ctx, node.alias)), hint(ctx, node.indexedBy)];
}
