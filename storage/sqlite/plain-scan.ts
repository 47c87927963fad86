// Queries whose every step gives a row: `SELECT a, b FROM t` and no more. Who must be able to stop them asks where the rows are delivered,
// and SQLite is spared a tick per row (130 ns).
import type { SqlForm } from "../../base/sql-form.ts";

const STARTS = /^\s*SELECT\s+(?!DISTINCT\b)/iu;

/** True for columns of one table, without condition, order, limit or anything in brackets. */
export function isPlainScan({ parts, verb }: SqlForm): boolean {
  const last = parts.at(-1);
  if (verb !== "query" || typeof last !== "object" || last.p !== "tick") return false;
  if (last.at !== "where" || last.sources.length > 0) return false;
  const [first] = parts;
  return (
    typeof first === "string" &&
    STARTS.test(first) &&
    parts.slice(0, -1).every((part) => (typeof part === "string" ? !part.includes("(") : part.p === "name"))
  );
}
