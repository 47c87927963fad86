// Queries whose every step gives a row: `SELECT a, b FROM t` and no more. Who must be able to stop them asks where the rows are delivered,
// and SQLite is spared a tick per row (130 ns).
import type { SqlForm } from "../../base/sql-form.ts";

const FROM = /\sFROM\s+$/iu;
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

/** The table or view whose rows a plain scan gives, or undefined when the form is none. */
export function scannedName(form: SqlForm): string | undefined {
  if (!isPlainScan(form)) return undefined;
  const { parts } = form;
  const from = parts.findLastIndex((part) => typeof part === "string" && FROM.test(part));
  // With its schema in front the name comes third.
  const name = parts[parts[from + 2] === "." ? from + 3 : from + 1];
  return typeof name === "object" && name.p === "name" ? name.name : undefined;
}
