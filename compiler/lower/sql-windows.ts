// ORDER BY terms, windows and their frames.
import type { SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { FrameBound, Name, OrderTerm, WindowFrame, WindowSpec } from "../syntax/tree.ts";
import { identifier, joined, type SqlLowering } from "./sql-builder.ts";
import { groupingKey, groupingKeys } from "./sql-decimals.ts";

/** ORDER BY terms without the words ORDER BY. */
export function sqlOrder(sql: SqlLowering, terms: readonly OrderTerm[]): SqlPart[] {
  return joined(
    terms.map((term) => [
      ...groupingKey(sql, term.value),
      ...(term.direction === undefined ? [] : [` ${term.direction.toUpperCase()}`]),
      ...(term.nulls === undefined ? [] : [` NULLS ${term.nulls.toUpperCase()}`]),
    ]),
    ", ",
  );
}

/** A window in parentheses, or the name of one. */
export function sqlWindow(sql: SqlLowering, window: WindowSpec | Name): SqlPart[] {
  if (!("partitionBy" in window)) return [identifier(window)];
  const clauses: SqlParts[] = [];
  if (window.base !== undefined) clauses.push([identifier(window.base)]);
  if (window.partitionBy.length > 0) clauses.push(["PARTITION BY ", ...groupingKeys(sql, window.partitionBy)]);
  if (window.orderBy.length > 0) clauses.push(["ORDER BY ", ...sqlOrder(sql, window.orderBy)]);
  if (window.frame !== undefined) clauses.push(sqlFrame(sql, window.frame));
  return ["(", ...joined(clauses, " "), ")"];
}

const BOUND_WORDS: Readonly<Record<FrameBound["kind"], string>> = {
  unboundedPreceding: "UNBOUNDED PRECEDING",
  preceding: " PRECEDING",
  currentRow: "CURRENT ROW",
  following: " FOLLOWING",
  unboundedFollowing: "UNBOUNDED FOLLOWING",
};

function sqlFrame(sql: SqlLowering, frame: WindowFrame): SqlPart[] {
  const bound = (b: FrameBound): SqlPart[] => [
    ...(b.value === undefined ? [] : sql.rules.expression(sql, b.value)),
    BOUND_WORDS[b.kind],
  ];
  const range =
    frame.end === undefined ? bound(frame.start) : ["BETWEEN ", ...bound(frame.start), " AND ", ...bound(frame.end)];
  return [
    `${frame.unit.toUpperCase()} `,
    ...range,
    ...(frame.exclude === undefined ? [] : [` EXCLUDE ${frame.exclude.toUpperCase()}`]),
  ];
}
