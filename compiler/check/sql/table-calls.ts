// Functions in FROM: those of the engine (json_each, pragma_*), full-text tables with arguments, and functions of ours that return rows.
import type { Name, TableCall } from "../../syntax/tree.ts";
import { ANY, withoutNull } from "../../types/make.ts";
import { replaceFix } from "../findings.ts";
import { rowStruct } from "./result.ts";
import { addColumn, maybeNull, OPEN_SHAPE, type SqlScope, sourceOfRows } from "./scope.ts";
import { recordTable, reportSql, type SqlCheck, textOf } from "./state.ts";
import { noteEngineFunction } from "./needs.ts";
import { tableFunction, tableFunctionShape } from "./table-functions.ts";
import { resolveTable, shapeOfRows, sourceOfMeaning } from "./table-lookup.ts";
import { calledName } from "./walk.ts";

/** Adds the rows of a function call to the scope. */
export function addCall(sq: SqlCheck, scope: SqlScope, node: TableCall): void {
  const name = calledName(node.call);
  const row = name === undefined ? undefined : tableFunction(name);
  const alias = node.alias ?? (node.call.callee.kind === "name" ? node.call.callee.name : undefined);
  if (name !== undefined && row !== undefined) {
    for (const argument of node.call.arguments) sq.rules.infer(sq, scope, argument.value);
    const found = node.call.arguments.length;
    if (found < row.arity[0] || found > row.arity[1])
      reportSql(sq, "SqlArgumentCount", node.call.span, {
        name,
        expected: `${row.arity[0]} to ${row.arity[1]} arguments`,
        found: String(found),
      });
    if (name.toLowerCase() === "generate_series" && sq.catalog.engine === "sqlite") {
      const braced = `{${textOf(sq, node.call.span)}}`;
      reportSql(
        sq,
        "EngineLacks",
        node.call.span,
        { engine: "SQLite", feature: "generate_series" },
        {
          help: `Write ${braced}: the list of the language.`,
          fixes: [replaceFix("Use the list of the language", node.call.span, braced)],
        },
      );
    }
    if (row.readsSchema === true) noteEngineFunction(sq, name);
    const { shape, hidden } = tableFunctionShape(row);
    const source = sourceOfRows(alias, shape);
    for (const column of hidden)
      addColumn(source, { name: column, value: maybeNull(ANY, undefined), affinity: "none" }).implicit = true;
    const struct = rowStruct(shape);
    if (struct !== undefined) recordTable(sq, node, { kind: "engineFunction", row: struct });
    scope.sources.push(source);
    return;
  }
  const table = name === undefined ? undefined : sq.catalog.table(undefined, name);
  if (table?.kind === "virtual" && node.call.callee.kind === "name") {
    for (const argument of node.call.arguments) sq.rules.infer(sq, scope, argument.value);
    const reference = resolveTable(sq, scope, node, { parts: [node.call.callee.name], span: node.call.callee.span });
    recordTable(sq, node, reference.resolution);
    scope.sources.push(sourceOfMeaning(reference, alias, undefined));
    return;
  }
  addRoutine(sq, scope, node, alias);
}

/** A function of ours that returns rows. A list is a value: it stands in braces. */
function addRoutine(sq: SqlCheck, scope: SqlScope, node: TableCall, alias: Name | undefined): void {
  for (const argument of node.call.arguments) sq.rowsAllowed.add(argument.value);
  const type = withoutNull(sq.rules.infer(sq, scope, node.call).type);
  const shape = type.kind === "table" || type.kind === "list" ? shapeOfRows(type) : OPEN_SHAPE;
  const call = sq.ours ? sq.ctx.state.calls.get(node.call) : undefined;
  const row = rowStruct(shape);
  const name = calledName(node.call) ?? "This call";
  if (call?.kind === "routine" && row !== undefined)
    recordTable(sq, node, { kind: "routine", routine: call.routine, row });
  else {
    recordTable(sq, node, { kind: "value", row, form: type.kind === "list" ? "list" : "table" });
    // A name that nothing is known by goes to the engine as it is.
    if (call === undefined) noteEngineFunction(sq, name);
  }
  if (type.kind === "variable" || type.kind === "any") sq.facts.unknownTables = true;
  else if (type.kind === "list") {
    const fix = replaceFix("Put it in braces", node.call.span, `{${textOf(sq, node.call.span)}}`);
    reportSql(sq, "ListNeedsBraces", node.call.span, { name }, { fixes: [fix] });
  } else if (type.kind !== "table") reportSql(sq, "NotRowsInSql", node.span, { what: name });
  scope.sources.push(sourceOfRows(alias, shape));
}
