// Lists and tables of the program in table position: which columns they have there.
import type { SqlType } from "../../base/sql-form.ts";
import { fieldsOf } from "../types/make.ts";
import type { StructType, Type } from "../types/type.ts";
import { sqlTypeOf, withoutNull } from "./types.ts";

type Columns = readonly { readonly name: string; readonly type: SqlType }[];

/** Columns of a row type. */
export function rowColumns(row: StructType): Columns {
  return fieldsOf(row).map((field) => ({ name: field.name, type: sqlTypeOf(field.type) }));
}

/** Columns of a list or table value: those of its row, `value` for a list of scalars, none where only the value knows. */
export function scalarRowColumns(type: Type): Columns {
  const seen = withoutNull(type);
  const element =
    seen.kind === "list"
      ? withoutNull(seen.element)
      : seen.kind === "table" && seen.row !== undefined
        ? withoutNull(seen.row)
        : undefined;
  if (element?.kind === "struct") return rowColumns(element);
  // Columns that only the value knows.
  if (seen.kind === "table") return [];
  return [{ name: "value", type: element === undefined ? "any" : sqlTypeOf(element) }];
}
