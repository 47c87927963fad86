// Functions whose whole body is one query, used inside SQL: the query becomes a scalar subquery with the arguments in place of the parameters.
// Source: "Froid: Optimization of Imperative Programs in a Relational Database" (Ramachandra et al., 2017), its simplest case.
import type { SqlPart, SqlParts } from "../../base/sql-form.ts";
import type { RoutineInfo, Variable } from "../check/checked.ts";
import type { Select } from "../syntax/tree.ts";
import { joined, type SqlLowering } from "./sql-builder.ts";

/** The query that the function is, or undefined when its body is anything else. */
export function inlinable(routine: RoutineInfo): Select | undefined {
  const { body } = routine.declaration;
  if (
    body === undefined ||
    routine.receiver !== undefined ||
    routine.parameters.some((parameter) => parameter.mode !== "in" || parameter.variadic)
  )
    return undefined;
  let value =
    body.kind === "block"
      ? body.statements.length === 1 && body.statements[0]?.kind === "return"
        ? body.statements[0].value
        : undefined
      : body;
  while (value?.kind === "parenthesized") value = value.inner;
  return value?.kind === "query" && value.query.kind === "select" ? value.query : undefined;
}

/** The function's query as a query of one cell. The arguments are columns of a derived table, so that no name in them is taken for one of the function's own tables. */
export function withInlined(
  sql: SqlLowering,
  routine: RoutineInfo,
  args: readonly SqlParts[],
  query: Select,
): SqlPart[] {
  if (routine.parameters.length === 0) return sql.rules.select(sql, query);
  const alias: SqlPart = { p: "name", name: `grz_${routine.name}_${sql.inlined.size}` };
  const replaced = new Map<Variable, SqlParts>(sql.inlined);
  const columns = routine.parameters.map((parameter, at): SqlParts => {
    const column: SqlPart = { p: "name", name: parameter.name };
    replaced.set(parameter.variable, [alias, ".", column]);
    return [...(args[at] ?? ["NULL"]), " AS ", column];
  });
  const inner = sql.rules.select({ ...sql, inlined: replaced }, query);
  return ["SELECT (", ...inner, ") FROM (SELECT ", ...joined(columns, ", "), ") AS ", alias];
}
