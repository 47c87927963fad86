// RETURNING: the written rows of the target, with the nullability of its columns.
import type { ResultColumn } from "../../syntax/tree.ts";
import type { SqlInfo } from "../checked.ts";
import { isOpenStar, resultColumns } from "./core.ts";
import { newSqlScope } from "./scope.ts";
import type { QueryResult, SqlCheck } from "./state.ts";
import { targetSource, type WriteTarget } from "./targets.ts";

/** Checks a RETURNING list; undefined when there is none. */
export function checkReturning(
  sq: SqlCheck,
  target: WriteTarget,
  returning: readonly ResultColumn[],
  cardinality: SqlInfo["cardinality"],
): QueryResult | undefined {
  if (returning.length === 0) return undefined;
  const scope = newSqlScope(undefined);
  scope.sources.push(targetSource(target));
  scope.clause = "returning";
  const columns = resultColumns(sq, scope, returning);
  const open = returning.some((column) => column.kind === "star" && isOpenStar(scope, column));
  return { shape: { columns, open }, cardinality };
}
