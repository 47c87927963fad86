// RETURNING of a statement on a view: the rows that the INSTEAD OF bodies gave back, seen through the statement's expressions.
import type { SqlForm, SqlParts } from "../../base/sql-form.ts";
import type { StructValue } from "../../base/value/value.ts";
import { piecesOf } from "./pieces.ts";
import { columnValue, formOf, joined, name } from "./row-forms.ts";
import type { RowsJob } from "./rows.ts";

const forms = new WeakMap<SqlForm, SqlForm>();

function formFor(job: RowsJob): SqlForm {
  const known = forms.get(job.form);
  if (known !== undefined) return known;
  const { target, form } = job;
  const [first, ...rest] = piecesOf(form).returning;
  const expressions: SqlParts = typeof first === "string" ? [first.replace(/^ RETURNING /, ""), ...rest] : rest;
  const made = formOf(
    [
      "SELECT ",
      ...expressions,
      " FROM (SELECT ",
      ...joined(
        target.table.columns.map(
          (column, at): SqlParts => [columnValue(column, form.parameterCount + at), " AS ", name(column.name)],
        ),
        ", ",
      ),
      ") AS ",
      name(form.dml?.alias ?? target.table.name),
    ],
    "query",
    form.parameterCount + target.table.columns.length,
    form.columns,
  );
  job.world.derived(made, form);
  forms.set(form, made);
  return made;
}

/** Adds a row to the statement's RETURNING, if it has one. @throws Trap. */
export function returnRow(job: RowsJob, row: StructValue): void {
  if (!job.form.returnsRows) return;
  const rows = job.world.query(formFor(job), [...job.parameters, ...row.slots]);
  try {
    for (let batch = rows.next(); batch !== undefined; batch = rows.next()) job.returned.push(batch);
  } finally {
    rows.close();
  }
}
