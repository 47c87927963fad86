// Which row stands in the way of a new one: the engine says it. Each ON CONFLICT clause that we must follow is run with a function as its condition, which notes the clause and
// the row and lets the engine write nothing. So keys by expression, partial indexes, collations, several clauses and the order in which keys are looked at are the engine's own.
import { required } from "../../base/failure.ts";
import type { SqlForm, SqlParts } from "../../base/sql-form.ts";
import type { Value } from "../../base/value/value.ts";
import { type StandingRow, standingRows } from "./changes.ts";
import type { FiringTable } from "./firing-table.ts";
import { identityColumns, identityCondition, identityOf, joined, name, rowsWhere, storable } from "./row-forms.ts";
import type { RowsJob, RowsWorld } from "./rows.ts";

/** A clause as finding looks at it. */
export interface FoundClause {
  readonly target: SqlParts;
  readonly update: boolean;
}

/** What the clauses of a statement find. */
export interface Finding {
  /** The clauses to insert with: none of them writes. */
  readonly clauses: SqlParts;
  /** After an insert that wrote nothing: the clause that met a row, by its number, and the row; undefined: nothing is to be done. @throws Trap. */
  take(job: RowsJob): { readonly clause: number; readonly row: StandingRow } | undefined;
}

let nextFunction = 1;

/** Makes the clauses that update find instead of write. */
export function findingOf(world: RowsWorld, table: FiringTable, clauses: readonly FoundClause[]): Finding {
  const function_ = `gobi_conflict_${nextFunction}`;
  nextFunction += 1;
  const identity = identityColumns(table);
  let noted: readonly Value[] | undefined;
  world.define({
    name: function_,
    parameterCount: identity.length + 1,
    deterministic: false,
    result: "int",
    parameters: ["int", ...identity.map(({ type }) => type)],
    call: (...args) => {
      noted = args;
      return 0;
    },
  });
  const column = name(table.shape.fields[required(storable(table)[0], "a column that can be stored")] ?? "");
  const names = joined(
    identityOf(table).map((text) => [name(text)]),
    ", ",
  );
  const found: SqlForm = rowsWhere(table, identityCondition(table, [name(table.table.name)], 0), identity.length);
  return {
    clauses: clauses.flatMap(({ target, update }, number): SqlParts => {
      if (!update) return [" ON CONFLICT", ...target, " DO NOTHING"];
      const condition: SqlParts = [` WHERE ${function_}(${number}, `, ...names, ")"];
      return [" ON CONFLICT", ...target, " DO UPDATE SET ", column, " = ", column, ...condition];
    }),
    take: (job) => {
      const [clause, ...values] = noted ?? [];
      noted = undefined;
      if (typeof clause !== "number") return undefined;
      const [row] = standingRows(job, table, found, values);
      return row && { clause, row };
    },
  };
}
