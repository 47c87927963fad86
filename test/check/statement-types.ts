// The type of a statement for fixtures: what `let` binds, else the row of a query with its cardinality.
import type { CheckedModule } from "../../compiler/check/checked.ts";
import { structOf } from "../../compiler/types/make.ts";
import { showType } from "../../compiler/types/show.ts";

/** The type of the statement that starts between the offsets; undefined when none with a type does. */
export function typeOfStatement(checked: CheckedModule, start: number, end: number): string | undefined {
  const within = (place: number): boolean => place >= start && place < end;
  for (const [name, variable] of checked.variables) {
    if ((variable.kind === "let" || variable.kind === "const") && within(name.span.start + variable.item.offset))
      return showType(variable.type);
  }
  for (const [statement, info] of checked.sql) {
    if (!within(statement.span.start + info.item.offset)) continue;
    if (info.columns === undefined) return "no rows";
    return `${showType(structOf(info.columns.map((column) => ({ name: column.name, type: column.type }))))} ${info.cardinality}`;
  }
  return undefined;
}
