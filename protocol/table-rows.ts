// A table value from rows, where a table travels inside another value; results travel as columns.
import type { Column } from "../base/value/column.ts";
import { type Shape, TableValue, type Value } from "../base/value/value.ts";

/** A table of these rows; each has a value for every field of the shape. */
export function tableOfRows(shape: Shape, rows: readonly (readonly Value[])[]): TableValue {
  const columns = shape.fields.map((_, index): Column => {
    const data = rows.map((row) => row[index] ?? null);
    const nulls = data.includes(null) ? Uint8Array.from(data, (value) => (value === null ? 1 : 0)) : undefined;
    return { kind: "values", type: "any", data, nulls };
  });
  return new TableValue(shape, columns, rows.length);
}
