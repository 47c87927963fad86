// Prints ORDER BY terms and window definitions.
// All words in capitals, as in the clauses around them.
import type { FrameBound, OrderTerm, WindowFrame, WindowSpec } from "../syntax/tree/sql.ts";
import { type FormatContext, nameText } from "./context.ts";
import { type Doc, group, indent, join, LINE, SOFT_LINE } from "./doc.ts";

/** The terms of ORDER BY. */
export function printOrderTerms(ctx: FormatContext, terms: readonly OrderTerm[]): Doc {
  return group(
    indent(
      join(
        [",", LINE],
        terms.map((term) => [
          ctx.print.expression(ctx, term.value),
          term.direction === undefined ? "" : ` ${term.direction.toUpperCase()}`,
          term.nulls === undefined ? "" : ` NULLS ${term.nulls.toUpperCase()}`,
        ]),
      ),
    ),
  );
}

/** `(…)` after OVER or WINDOW w AS. */
export function printWindow(ctx: FormatContext, node: WindowSpec): Doc {
  const parts: Doc[] = [];
  if (node.base !== undefined) parts.push(nameText(ctx, node.base));
  if (node.partitionBy.length > 0)
    parts.push([
      "PARTITION BY ",
      join(
        ", ",
        node.partitionBy.map((part) => ctx.print.expression(ctx, part)),
      ),
    ]);
  if (node.orderBy.length > 0) parts.push(["ORDER BY ", printOrderTerms(ctx, node.orderBy)]);
  if (node.frame !== undefined) parts.push(printFrame(ctx, node.frame));
  return parts.length === 0 ? "()" : group(["(", indent([SOFT_LINE, join(LINE, parts)]), SOFT_LINE, ")"]);
}

function printFrame(ctx: FormatContext, node: WindowFrame): Doc {
  const bounds: Doc =
    node.end === undefined
      ? printBound(ctx, node.start)
      : ["BETWEEN ", printBound(ctx, node.start), " AND ", printBound(ctx, node.end)];
  return [
    node.unit.toUpperCase(),
    " ",
    bounds,
    node.exclude === undefined ? "" : ` EXCLUDE ${node.exclude.toUpperCase()}`,
  ];
}

const BOUNDS: Readonly<Record<FrameBound["kind"], string>> = {
  unboundedPreceding: "UNBOUNDED PRECEDING",
  preceding: " PRECEDING",
  currentRow: "CURRENT ROW",
  following: " FOLLOWING",
  unboundedFollowing: "UNBOUNDED FOLLOWING",
};

function printBound(ctx: FormatContext, node: FrameBound): Doc {
  return node.value === undefined ? BOUNDS[node.kind] : [ctx.print.expression(ctx, node.value), BOUNDS[node.kind]];
}
