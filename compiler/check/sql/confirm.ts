// The statements of a checked module that an engine can confirm: outermost SQL that refers to known tables only.
// A caller with a database prepares each (parameters unbound) and reports what the engine says as EngineRefuses at the statement's place.
import { required } from "../../../base/failure.ts";
import { report, type Problem } from "../../../base/problem.ts";
import type { Span } from "../../../base/source.ts";
import type { Item, SqlStatement } from "../../syntax/tree.ts";
import type { CheckedModule, SqlInfo } from "../checked.ts";

/** One statement to prepare. */
export interface StatementToConfirm {
  readonly statement: SqlStatement;
  readonly info: SqlInfo;
  readonly item: Item;
  /** Absolute in the file. */
  readonly span: Span;
}

const CONFIRMED_KINDS: ReadonlySet<SqlStatement["kind"]> = new Set([
  "select",
  "insert",
  "update",
  "delete",
  "createView",
  "createIndex",
]);

/** The outermost statements whose tables are all known, in the order of the file. Broken items are left out. */
export function statementsToConfirm(checked: CheckedModule): readonly StatementToConfirm[] {
  const found: StatementToConfirm[] = [];
  for (const [statement, info] of checked.sql) {
    if (!info.confirmable || !CONFIRMED_KINDS.has(statement.kind) || checked.broken.has(info.item)) continue;
    const { offset } = info.item;
    found.push({
      statement,
      info,
      item: info.item,
      span: { start: statement.span.start + offset, end: statement.span.end + offset },
    });
  }
  return found.sort((left, right) => left.span.start - right.span.start);
}

/** The problem when an engine refuses a statement. `text` is the engine's own message, without a full stop. */
export function refusal(refused: StatementToConfirm, engine: string, text: string): Problem {
  const problems: Problem[] = [];
  report(problems, "EngineRefuses", refused.span, { engine, text: text.replace(/\.$/, "") });
  return required(problems[0], "the problem just reported");
}
