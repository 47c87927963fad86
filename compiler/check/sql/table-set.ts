// The right side of IN that is no list: a table by name, a list variable (`id IN ids`), a function with rows, or a value of code.
import type { Expression } from "../../syntax/tree.ts";
import { ANY, withoutNull } from "../../types/make.ts";
import { findVariable } from "../scope.ts";
import { rowStruct } from "./result.ts";
import { maybeNull, newSqlScope, type RowShape, type SqlScope, type SqlValue } from "./scope.ts";
import { noteAccess, recordTable, recordValue, reportSql, type SqlCheck } from "./state.ts";
import { resolveTable, shapeOfRows } from "./table-lookup.ts";
import { calledName, namePath, unparenthesized } from "./walk.ts";
import { tableFunction } from "./table-functions.ts";

/** The value that members of the set have; undefined when it is not known. Reports sets with more than one column. */
export function tableSetValue(sq: SqlCheck, scope: SqlScope, written: Expression): SqlValue | undefined {
  const set = unparenthesized(written);
  const shape = shapeOfSet(sq, scope, set);
  if (shape === undefined || shape.open) return shape?.columns[0]?.value;
  if (shape.columns.length !== 1)
    reportSql(sq, "SubqueryColumnCount", set.span, { expected: 1, found: shape.columns.length });
  return shape.columns[0]?.value;
}

function shapeOfSet(sq: SqlCheck, scope: SqlScope, set: Expression): RowShape | undefined {
  const path = namePath(set);
  if (path !== undefined && path.length <= 2 && !isFieldOfVariable(sq, path[0]?.text, path.length)) {
    const meaning = resolveTable(sq, scope, set, { parts: path, span: set.span });
    recordTable(sq, set, meaning.resolution);
    if ("variable" in meaning.resolution && sq.ours) sq.ctx.state.types.set(set, meaning.resolution.variable.type);
    noteAccess(
      sq.facts.reads,
      meaning.effectName,
      meaning.shape.columns.map((column) => column.name),
    );
    return meaning.shape;
  }
  const name = calledName(set);
  if (set.kind === "call" && name !== undefined && tableFunction(name) !== undefined) {
    const own = newSqlScope(scope);
    sq.rules.from(sq, own, { kind: "tableCall", call: set, alias: undefined, span: set.span });
    const columns = own.sources.flatMap((source) => source.columns.filter((column) => !column.implicit));
    return {
      columns: columns.map((column) => ({
        name: column.name,
        value: maybeNull(column.type, undefined),
        affinity: "none",
        table: undefined,
      })),
      open: false,
    };
  }
  sq.rowsAllowed.add(set);
  const value = sq.rules.infer(sq, scope, set);
  const type = withoutNull(value.type);
  if (type.kind === "table" || type.kind === "list") {
    const shape = shapeOfRows(type);
    recordTable(sq, set, { kind: "value", row: rowStruct(shape), form: type.kind });
    return shape;
  }
  if (type.kind !== "any" && type.kind !== "variable") {
    reportSql(sq, "NotRowsInSql", set.span, { what: "This value" });
    recordValue(sq, set, maybeNull(ANY, undefined));
  }
  return undefined;
}

/** `x IN row.ids`: a field of a variable rather than a table of a schema. */
function isFieldOfVariable(sq: SqlCheck, first: string | undefined, parts: number): boolean {
  return parts === 2 && first !== undefined && sq.ours && findVariable(sq.ctx, first) !== undefined;
}
