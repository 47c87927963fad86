// ORDER BY terms and window definitions.
// Shared by queries, calls with OVER and comprehensions.
import { InternalError } from "../../base/failure.ts";
import { all, listOf, maybe, nameOf, one, only, rule, spanOf, type View, words } from "./build-node.ts";
import type { FrameBound, OrderTerm, WindowFrame, WindowSpec } from "./tree/sql.ts";

/** The terms of ORDER BY. */
export function buildOrderBy(view: View | undefined): readonly OrderTerm[] {
  return listOf(view, "OrderTerm", "CommaOrderTerm").map(buildOrderTerm);
}

/** `e [ASC|DESC] [NULLS FIRST|LAST]`, of SQL or of a comprehension. */
export function buildOrderTerm(view: View): OrderTerm {
  const direction = maybe(view, "Direction");
  const nulls = maybe(view, "Nulls");
  return {
    value: view.ctx.build.expression(maybe(view, "SqlExpr") ?? one(view, "Expr")),
    direction: direction === undefined ? undefined : (words(direction) as "asc" | "desc"),
    nulls: nulls === undefined ? undefined : (words(one(nulls, "NullsPlace")) as "first" | "last"),
    span: spanOf(view),
  };
}

/** `( [base] [PARTITION BY …] [ORDER BY …] [frame] )`. */
export function buildWindowSpec(view: View): WindowSpec {
  const base = maybe(view, "WindowBase");
  const partition = maybe(view, "PartitionBy");
  const frame = maybe(view, "Frame");
  return {
    base: base === undefined ? undefined : nameOf(one(base, "sqlName")),
    partitionBy:
      partition === undefined
        ? []
        : listOf(one(partition, "SqlExprs"), "SqlExpr", "CommaSqlExpr").map(view.ctx.build.expression),
    orderBy: buildOrderBy(maybe(view, "OrderBy")),
    frame: frame === undefined ? undefined : buildFrame(frame),
    span: spanOf(view),
  };
}

function buildFrame(view: View): WindowFrame {
  const extent = only(one(view, "FrameExtent"));
  const bounds = rule(extent) === "FrameBetween" ? all(extent, "FrameBound") : [extent];
  const [start, end] = bounds.map(buildFrameBound);
  if (start === undefined) throw new InternalError("build: a frame without bounds");
  const exclude = maybe(view, "FrameExclude");
  return {
    unit: words(one(view, "FrameUnit")) as WindowFrame["unit"],
    start,
    end,
    exclude: exclude === undefined ? undefined : (words(one(exclude, "FrameExcluded")) as WindowFrame["exclude"]),
    span: spanOf(view),
  };
}

function buildFrameBound(view: View): FrameBound {
  const inner = only(view);
  const value = maybe(inner, "BoundExpr");
  const kind = (rule(inner).charAt(0).toLowerCase() + rule(inner).slice(1)) as FrameBound["kind"];
  return { kind, value: value === undefined ? undefined : view.ctx.build.expression(value), span: spanOf(view) };
}
