// Comparisons of timestamps. Databases hold both `2026-01-31 08:30:00` (SQLite's own functions) and our `2026-01-31T08:30:00.000000Z`, which do not sort together,
// so stored sides go through gobi_instant. What does not depend on the row, such as datetime('now', '-1 day'), is a query of its own: the engine asks it once.
import type { SqlParts } from "../../base/sql-form.ts";
import { type Fragment, sql } from "./fragment.ts";

/** A side of a comparison: its parts, and how they are printed. */
interface Side {
  readonly parts: SqlParts;
  readonly printed: Fragment;
}

/** A comparison of timestamps; `operator` in the language's spelling, `spelt` in SQLite's. */
export function printInstants(operator: string, spelt: string, leftSide: Side, rightSide: Side): Fragment {
  const [left, right] = [once(leftSide), once(rightSide)];
  const plain = sql("(", asInstant(left), ` ${spelt} `, asInstant(right), ")");
  const mirrored = MIRRORED[operator];
  if (mirrored === undefined || isConstant(left) === isConstant(right)) return plain;
  const [column, constant, direction] = isConstant(right) ? [left, right, operator] : [right, left, mirrored];
  // All forms begin with a day that is off by one at most (an offset): comparing days as well lets an index narrow the search.
  // '~' sorts after every character of a timestamp, x'' after every text: the bounds of what has no day of its own (the end of year 9999, texts that are no dates).
  const lower = sql(column, " >= coalesce(date(", constant, ", '-1 day'), '')");
  const upper = sql(column, " <= coalesce(date(", constant, ", '+1 day') || '~', x'')");
  const day = direction === "=" ? sql(lower, " AND ", upper) : direction.startsWith(">") ? lower : upper;
  return sql("(", day, " AND ", plain, ")");
}

const MIRRORED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=" };
/** How a side begins that is asked once per statement. */
const ASKED_ONCE = "(SELECT gobi_instant(";
const CANONICAL = /^'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z'$/;

/** A side that is the same for each row as a query that is asked once; others, and single literals and parameters, as they are. */
function once({ parts, printed }: Side): Fragment {
  if (isConstant(printed) || printed.some((piece) => typeof piece !== "string") || !isRowless(parts)) return printed;
  return [`${ASKED_ONCE}${printed.join("")}))`];
}

/** Text that names nothing: brackets, numbers, the engine's words for the moment. */
const ROWLESS_TEXT = /^[\s(),]*(?:[+-]?\d[\d.]*|current_(?:timestamp|date|time))?[\s(),]*$/i;

/** Whether nothing in the parts comes from a row: no name, no table, no function of the program. */
function isRowless(parts: SqlParts): boolean {
  return parts.every((part) => {
    if (typeof part === "string") return ROWLESS_TEXT.test(part);
    switch (part.p) {
      case "text":
      case "temporal":
      case "bool":
      case "bytes":
        return true;
      case "call":
        return part.suffix === undefined && part.name !== "random" && part.args.every(isRowless);
      case "operator":
        return isRowless(part.left) && isRowless(part.right);
      case "cast":
        return isRowless(part.value);
      default:
        return false;
    }
  });
}

/** True for a fragment that is one parameter, literal or query asked once: it costs nothing to print it twice. */
function isConstant(fragment: Fragment): boolean {
  const [only] = fragment;
  if (fragment.length !== 1 || only === undefined) return false;
  return typeof only !== "string" || only.startsWith("'") || only.startsWith(ASKED_ONCE);
}

/** A side in the one text form by which timestamps compare; what has it already stays as it is. */
function asInstant(side: Fragment): Fragment {
  const [only] = side;
  if (side.length === 1 && only !== undefined) {
    if (typeof only === "string" ? CANONICAL.test(only) || only.startsWith(ASKED_ONCE) : isInstant(only)) return side;
  }
  return sql("gobi_instant(", side, ")");
}

function isInstant(slot: Exclude<Fragment[number], string>): boolean {
  return slot.kind === "value" && (slot.type === "timestamp" || slot.type === "timestamptz");
}
