// Whether a call of a SQL function may be null, by the rule of its row in functions.ts, and why.
import type { CallExpression, WindowSpec } from "../../syntax/tree.ts";
import { isNumeric } from "../../types/make.ts";
import type { SqlFunctionRow } from "./functions.ts";
import type { SqlScope, SqlValue } from "./scope.ts";
import { unparenthesized } from "./walk.ts";

/** Values of iif(c1, v1, c2, v2, …, else). */
export function branches(args: readonly SqlValue[]): readonly SqlValue[] {
  return args.filter((_, index) => index % 2 === 1 || (index === args.length - 1 && args.length % 2 === 1));
}

/** Whether the result may be null, and why. */
export function resultNull(
  scope: SqlScope,
  node: CallExpression,
  name: string,
  row: SqlFunctionRow,
  args: readonly SqlValue[],
): readonly [boolean, string | undefined] {
  const firstNull = args.find((value) => value.nullable);
  switch (row.nulls) {
    case "never":
      return [false, undefined];
    case "always":
      return [true, `${name} may give null`];
    case "strict":
      return [firstNull !== undefined, firstNull?.reason];
    case "first":
      return [args[0]?.nullable ?? true, args[0]?.reason];
    case "all":
      return [args.every((value) => value.nullable), `all arguments of ${name} may be null`];
    case "iif": {
      const missing = args.length % 2 === 0;
      const branch = branches(args).find((value) => value.nullable);
      return [missing || branch !== undefined, missing ? `${name} has no value for the last case` : branch?.reason];
    }
    case "numeric":
      return firstNull !== undefined
        ? [true, firstNull.reason]
        : [!args.every((value) => isNumeric(value.type)), `${name} gives null for what is not a number`];
    case "now":
      return isNow(node, name) ? [false, undefined] : [true, `${name} gives null for text that is no date`];
    case "aggregate":
      return aggregateNull(scope, node, name, args);
    case "frame":
      return frameIncludesRow(node) ? [args[0]?.nullable ?? true, args[0]?.reason] : [true, "the frame may be empty"];
    case "lag": {
      const hasDefault = args.length === 3;
      const nullable = !hasDefault || (args[0]?.nullable ?? true) || (args[2]?.nullable ?? true);
      return [
        nullable,
        hasDefault ? (args[0]?.reason ?? args[2]?.reason) : `${name} gives null where there is no such row`,
      ];
    }
  }
}

const STRFTIME_KNOWN = /^(?:[^%]|%[dfFeGgHIjJklmMpPRsSTuUVwWY%])*$/;

/** True for `date()`, `date('now')`, `strftime('%Y')`, `strftime('%Y', 'now')`: always a value. */
function isNow(node: CallExpression, name: string): boolean {
  const isStrftime = name.toLowerCase() === "strftime";
  const literals = node.arguments.map((argument) => unparenthesized(argument.value));
  const times = isStrftime ? literals.slice(1) : literals;
  const format = isStrftime ? literals[0] : undefined;
  if (isStrftime && (format?.kind !== "string" || !STRFTIME_KNOWN.test(format.value))) return false;
  return (
    times.length === 0 || (times.length === 1 && times[0]?.kind === "string" && times[0].value.toLowerCase() === "now")
  );
}

/** Aggregates give null over no rows: without GROUP BY, with FILTER, or in a frame that may be empty. */
function aggregateNull(
  scope: SqlScope,
  node: CallExpression,
  name: string,
  args: readonly SqlValue[],
): readonly [boolean, string | undefined] {
  if (node.filter !== undefined) return [true, `${name} with FILTER may see no row`];
  if (node.over !== undefined) {
    if (!frameIncludesRow(node)) return [true, "the frame may be empty"];
  } else if (scope.bareNullable) return [true, `${name} over no rows is null`];
  return [args[0]?.nullable ?? true, args[0]?.reason];
}

/** True when the frame always holds the current row: then an aggregate over it sees at least one row. */
function frameIncludesRow(node: CallExpression): boolean {
  if (node.over === undefined || !("partitionBy" in node.over)) return false; // A named window's frame is not looked up here: the cautious answer.
  const spec: WindowSpec = node.over;
  if (spec.base !== undefined) return false;
  const { frame } = spec;
  if (frame === undefined) return true;
  const starts =
    frame.start.kind === "unboundedPreceding" || frame.start.kind === "preceding" || frame.start.kind === "currentRow";
  const ends =
    frame.end === undefined ||
    frame.end.kind === "currentRow" ||
    frame.end.kind === "following" ||
    frame.end.kind === "unboundedFollowing";
  // RANGE n PRECEDING with a null or text order value still holds the peers of the row, hence the row.
  return starts && ends && (frame.exclude === undefined || frame.exclude === "no others" || frame.exclude === "ties");
}
